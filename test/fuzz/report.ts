// A case that differs, told so that somebody can find out why: the scene, the packets up to that one, both answers.
import type { ProbePacket } from '../../src/datapath/port.ts';
import { describeFrame } from '../../src/packet/describe.ts';
import type { Cast } from './cast.ts';

interface Answer {
  readonly verdict: string;
  readonly action: number;
  readonly frame: Uint8Array;
}

/** `answers`: of the programs and of the model, about the last packet. */
export function report(
  what: string,
  cast: Cast,
  packets: readonly ProbePacket[],
  answers?: readonly [Answer, Answer],
): string {
  return [
    what,
    `scene: ${castText(cast)}`,
    'packets:',
    ...packets.map(packetText),
    ...(answers ? [`programs: ${answerText(answers[0])}`, `model:    ${answerText(answers[1])}`] : []),
  ].join('\n');
}

function frameText(frame: Uint8Array): string {
  return `${describeFrame(frame)}\n    ${Buffer.from(frame).toString('hex')}`;
}

function answerText({ verdict, action, frame }: Answer): string {
  return `${verdict}, action ${action}\n    ${frameText(frame)}`;
}

function packetText({ direction, ifindex, ingressIfindex, frame }: ProbePacket): string {
  return `  ${direction} ${ifindex}, entered by ${ingressIfindex}: ${frameText(frame)}`;
}

/** Everything but keys and what is not there. */
function castText({ tunnels, services, flows, ...rest }: Cast): string {
  const text = (one: unknown): string =>
    JSON.stringify(one, (name, value: unknown) => {
      if (/[kK]ey$/.test(name)) return value === undefined ? undefined : '…';
      return value === false || value === 'none' || value === 'nothing' ? undefined : value;
    }).replaceAll('"', '');
  const lines = (name: string, list: readonly unknown[]): string[] => list.map((one) => `  ${name} ${text(one)}`);
  const told = flows.map(({ service, owner, ...flow }) => ({
    ...flow,
    of: `${service.group}/${service.service}`,
    owner: `${owner.group}/${owner.service}`,
  }));
  return [text(rest), ...lines('tunnel', tunnels), ...lines('service', services), ...lines('flow', told)].join('\n');
}
