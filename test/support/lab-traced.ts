// Real packets of a page, captured before and behind gateway1, and the same packets traced there: `trace` gets what came in, and has to
// say, to the last byte, what went out. Captures and command are compared; nothing of src/packet has a say.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import type { Frame } from './lab-capture.ts';
import { portOf } from './lab-network.ts';
import { must } from './lab-process.ts';
import { applyBoth, web } from './lab-topology.ts';
import { fetchPage } from './lab-traffic.ts';

export interface TracedPacket {
  readonly direction: 'ingress' | 'egress';
  readonly verdict: string;
  /** From the IP header on, as it was seen behind gateway1; keys are zeros. */
  readonly seen: string;
  readonly traced: string;
  readonly milliseconds: number;
  readonly exitCode: number;
}

/** Checksums that a device would finish are no packet's yet. */
async function withoutOffloads(lab: Lab): Promise<void> {
  const off = ['tso', 'gso', 'gro', 'tx'].flatMap((name) => [name, 'off']);
  for (const [host, device] of [
    ['client', 'eth0'],
    ['gateway1', 'eth0'],
    ['gateway1', 'eth1'],
    ['node1', 'eth0'],
  ] as const)
    await lab.exec(host, ['ethtool', '-K', device, ...off]);
}

const isData = ({ kind }: Frame): boolean => kind === 'gue-data';
/** As long as its IPv4 header says: the capture cuts what is longer. */
const isWhole = ({ bytes }: Frame): boolean => bytes.length >= 34 && bytes.length === 14 + bytes.readUInt16BE(16);
const [gateway, proxy] = ['172.1.0.4', '5.5.5.5'];

/** Applies the service, fetches a page once, and traces every packet that was captured whole on both sides. */
export async function tracePage(lab: Lab): Promise<readonly TracedPacket[]> {
  await applyBoth(lab, [web]);
  await withoutOffloads(lab);
  await fetchPage(lab, `http://${web.proxy}/`); // neighbours and TCP's memory of the path
  const street = await lab.capture('wire', portOf('street', 'gateway1'), 'tcp port 3100');
  const underlay = await lab.capture('wire', portOf('underlay', 'gateway1'), 'udp port 6080');
  const page = await fetchPage(lab, `http://${web.proxy}/`);
  const [plain, carried] = [(await street.stop()).frames, (await underlay.stop()).frames];
  if (page.status !== 200) throw new Error(`no page: ${JSON.stringify(page)}`);
  const traced: TracedPacket[] = [];
  for (const [before, after] of pairs(
    plain.filter(({ destination }) => destination === proxy),
    carried.filter((one) => isData(one) && one.source === gateway),
  ))
    traced.push(await traced1(lab, 'egress', aged(before.bytes), after.bytes));
  for (const [before, after] of pairs(
    carried.filter((one) => isData(one) && one.destination === gateway),
    plain.filter(({ source }) => source === proxy),
  ))
    traced.push(await traced1(lab, 'ingress', before.bytes, younger(after.bytes)));
  return traced;
}

/** One for one: nothing was lost. Those that were cut short are left out. */
function pairs(before: readonly Frame[], after: readonly Frame[]): (readonly [Frame, Frame])[] {
  if (before.length !== after.length)
    throw new Error(`${before.length} frames before gateway1, ${after.length} behind it`);
  return before.flatMap((frame, at) => {
    const other = after[at];
    return other && isWhole(frame) && isWhole(other) ? [[frame, other] as const] : [];
  });
}

async function traced1(
  lab: Lab,
  direction: TracedPacket['direction'],
  before: Buffer,
  after: Buffer,
): Promise<TracedPacket> {
  const file = lab.write('frame.hex', before.toString('hex'));
  const words = ['trace', '--hex', file, '--at', `eth0:${direction}`, '-i', lab.instance('gateway1'), '--json'];
  const started = performance.now();
  const finished = await lab.trueingress('gateway1', words);
  const milliseconds = performance.now() - started;
  const document: { verdict: string; after: string } = JSON.parse(finished.stdout);
  return {
    direction,
    verdict: document.verdict,
    seen: withoutKey(after).subarray(14).toString('hex'),
    traced: document.after.slice(28),
    milliseconds,
    exitCode: finished.code,
  };
}

/** As the gateway's forwarding leaves it for its hook: the TTL one lower. */
function aged(frame: Buffer): Buffer {
  return withTtl(frame, frame.readUInt8(22) - 1);
}

/** As it was before the gateway forwarded it. */
function younger(frame: Buffer): Buffer {
  return withTtl(frame, frame.readUInt8(22) + 1);
}

function withTtl(frame: Buffer, ttl: number): Buffer {
  const other = Buffer.from(frame);
  other.writeUInt8(ttl, 22);
  other.writeUInt16BE(0, 24);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += other.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  other.writeUInt16BE(~sum & 0xffff, 24);
  return other;
}

/** Of a packet in a tunnel over IPv4: the key is behind Ethernet, IPv4, UDP and eight bytes of GUE. */
function withoutKey(frame: Buffer): Buffer {
  const other = Buffer.from(frame);
  const isTunnelled = other.readUInt8(23) === 17 && other.readUInt16BE(36) === 6080;
  return isTunnelled ? other.fill(0, 50, 66) : other;
}

/** Every pinned map of a host's instance, as bpftool reads them. */
export async function everyMap(lab: Lab): Promise<string> {
  const root = join(lab.bpffs, 'trueingress', lab.instance('gateway1'));
  const dumps: string[] = [];
  for (const directory of ['a', 'b', 'learned'])
    for (const name of namesIn(join(root, directory)).filter(
      (one) => one !== 'ingress' && one !== 'egress' && one !== 'event',
    ))
      dumps.push(
        `${directory}/${name} ${await must(['bpftool', '-j', 'map', 'dump', 'pinned', join(root, directory, name)])}`,
      );
  return dumps.join('\n');
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return []; // a slot that was never staged
  }
}
