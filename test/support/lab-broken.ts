// What the deliberately broken BPF object (encapsulates nothing, takes any key) looks like from outside: refused by the
// probes, and when they are told to look at nothing, caught by the same checks that the good object passes.
import type { Lab } from './lab.ts';
import { clearText } from './lab-capture.ts';
import type { Finished } from './lab-process.ts';
import { apply, topologyText, tunnel100, verdict, web } from './lab-topology.ts';
import { fetchPage } from './lab-traffic.ts';

const environment = { TRUEINGRESS_OBJECT: 'build/bpf/broken.bpf.o' };

async function applyBroken(lab: Lab, host: 'gateway1' | 'node1', options: readonly string[]): Promise<Finished> {
  const tunnel = host === 'gateway1' ? tunnel100.gateway : tunnel100.node;
  const file = lab.write(`${host}.yaml`, topologyText(lab, host, { tunnels: [tunnel], services: [web] }));
  return await lab.trueingress(host, ['apply', '-f', file, ...options], { env: environment });
}

export interface BrokenGateway {
  /** With probes as usual. */
  readonly refused: Finished;
  /** With `--probe 0`: live for the sake of the next figure. */
  readonly forced: Finished;
  /** Packets on the wire that were neither GUE nor ARP. */
  readonly clearText: number;
}

export async function breakGateway(lab: Lab): Promise<BrokenGateway> {
  const refused = await applyBroken(lab, 'gateway1', []);
  const forced = await applyBroken(lab, 'gateway1', ['--probe', '0']);
  const capture = await lab.capture('wire', 'underlay');
  await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 700 });
  const { frames } = await capture.stop();
  return { refused, forced, clearText: clearText(frames).length };
}

export interface BrokenNode {
  readonly refused: Finished;
  readonly forced: Finished;
  /** Packets with a wrong key that the node let in, and that it refused. */
  readonly letIn: number;
  readonly badKey: number;
}

export async function breakNode(lab: Lab): Promise<BrokenNode> {
  const refused = await applyBroken(lab, 'node1', []);
  const forced = await applyBroken(lab, 'node1', ['--probe', '0']);
  await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [{ ...web, key: 'not-the-key' }] });
  await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 700 });
  const letIn = await verdict(lab, 'node1', 'ingress', 'decapsulated');
  return { refused, forced, letIn, badKey: await verdict(lab, 'node1', 'ingress', 'bad-key') };
}
