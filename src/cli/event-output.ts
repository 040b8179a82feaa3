// Where events go: lines for people, records of a stream, or a capture file.
import type { Host } from '../datapath/port.ts';
import type { Event } from '../reconcile/events.ts';
import { captureFile } from '../report/capture-file.ts';
import { type EventView, eventFields, eventText } from '../report/event.ts';
import { jsonLine } from '../report/json.ts';
import type { Invocation } from './command.ts';
import type { Environment, Sink } from './environment.ts';
import { exitCodes } from './exit.ts';
import { knownInterfaces } from './kernel.ts';

/** Writes one event into the sink. */
export type EventWriter = (event: Event) => void;

export async function eventWriter(invocation: Invocation, host: Host, sink: Sink): Promise<EventWriter> {
  const { options, environment, talk } = invocation;
  const view = viewOf(environment, host);
  if (options.write !== undefined) return await fileWriter(environment, view, sink, options.showSecrets);
  const text = options.json
    ? (event: Event) => jsonLine('Event', exitCodes.done, [], eventFields(event, view))
    : (event: Event) => eventText(event, view, talk.style);
  return (event) => sink.write(Buffer.from(text(event)));
}

async function fileWriter(
  environment: Environment,
  view: EventView,
  sink: Sink,
  withKeys: boolean,
): Promise<EventWriter> {
  const { version, kernel } = await environment.versions();
  const file = captureFile({ application: `trueingress ${version}`, system: `Linux ${kernel}` }, view, withKeys);
  sink.write(file.head);
  return (event) => {
    for (const block of file.blocks(event)) sink.write(block);
  };
}

function viewOf(environment: Environment, host: Host): EventView {
  return {
    clockOffsetNs: environment.realtimeNs() - environment.monotonicNs(),
    interfaceName: interfaceNamer(host),
  };
}

/** An interface may come while events are shown; one that is gone already has its number for a name. */
function interfaceNamer(host: Host): (ifindex: number) => string {
  let nameOf = knownInterfaces(host);
  const nameless = new Set<number>();
  return (ifindex) => {
    if (nameOf(ifindex) === undefined && !nameless.has(ifindex)) {
      nameOf = knownInterfaces(host);
      if (nameOf(ifindex) === undefined) nameless.add(ifindex);
    }
    return nameOf(ifindex) ?? `interface ${ifindex}`;
  };
}
