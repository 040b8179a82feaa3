// Takes everything of an instance off this host, and nothing else: hooks first (egress before ingress), then pins.
import type { Datapath, Observation } from '../datapath/port.ts';
import { detachOrder } from './hooks.ts';

/** Throws KernelError; what was taken off until then stays off, and a second run goes on from there. */
export function remove(datapath: Datapath, observation: Observation): void {
  for (const hook of detachOrder(observation.hooks)) datapath.detach(observation.instance, hook);
  datapath.removeInstance(observation.instance);
}
