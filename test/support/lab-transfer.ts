// A long TCP transfer, full both ways at once, while topologies change and programs are upgraded under it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectPath } from '../../src/paths.ts';
import type { Lab } from './lab.ts';
import { applyRound, partsOfRound, type Round, turn } from './lab-changes.ts';
import { addressesOf, type HostName } from './lab-network.ts';
import { type Running, sleep } from './lab-process.ts';
import { bulk, dropsOfBoth, type Gateway, type Node, tryApply, type WrittenService } from './lab-topology.ts';
import { patience } from './patience.ts';

const tool = join(process.cwd(), 'test/support/tools/tcp-stream.mjs');
/** The same sources with another constant (scripts/build-bpf.sh): what a new release is to a host. */
const upgradeObject = join(process.cwd(), 'build/bpf/upgrade.bpf.o');

/** The transfer goes on until the last change is made. */
export interface TransferOptions extends StreamOptions {
  readonly applies: number;
  /** Of one host or the other, by turns: to the other build and back. */
  readonly upgrades: number;
}

interface Stream {
  readonly bytes: number;
  readonly sha256: string;
}

interface End {
  readonly sent?: Stream;
  readonly received?: Stream;
  readonly error?: string;
  readonly milliseconds: number;
}

export interface Transfer extends Ends {
  readonly applies: readonly Round[];
  /** `live`: the hooks run the programs of the wanted object afterwards. */
  readonly upgrades: readonly (Round & { readonly live: boolean })[];
  /** Packets by hook and verdict, counted from before the transfer to its end. */
  readonly drops: Readonly<Record<'gateway1' | 'node1', Readonly<Record<string, number>>>>;
  /** Segments that were sent again. */
  readonly retransmits: Readonly<Record<'client' | 'node1', number>>;
}

/** A transfer that goes on until it is told that it may end. */
export interface Ongoing {
  /** Resolves when the client has sent so many bytes. */
  sent(bytes: number): Promise<void>;
  /** Resolves when so many more have been. */
  sentMore(bytes: number): Promise<void>;
  finish(): Promise<Ends>;
}

export interface Ends {
  readonly client: End;
  readonly server: End;
}

export interface StreamOptions {
  /** Whose proxy the client asks; the server listens at its endpoint on node1. */
  readonly service?: WrittenService;
  /** Each way, at least. */
  readonly bytes: number;
  readonly seconds: number;
  /** Each way, at most; as fast as it goes when not given. */
  readonly bytesPerSecond?: number;
}

export async function startTransfer(lab: Lab, options: StreamOptions): Promise<Ongoing> {
  const { service = bulk, bytes, seconds, bytesPerSecond = 0 } = options;
  const amount = [bytes, seconds * patience, bytesPerSecond].map(String);
  const server = lab.spawn('node1', [process.execPath, tool, 'listen', service.endpoint, ...amount]);
  await server.says('ready');
  const own = addressesOf[service.proxy.startsWith('[') ? 'IPv6' : 'IPv4'].client;
  const client = lab.spawn('client', [process.execPath, tool, 'connect', service.proxy, ...amount, own]);
  return {
    sent: async (wanted) => await waitUntilSent(client, wanted),
    sentMore: async (more) => await waitUntilSent(client, sentBy(client) + more),
    finish: async () => {
      const ends = await Promise.all([client, server].map((end) => end.end('SIGTERM', seconds * 1000)));
      const [fromClient, fromServer] = ends.map(
        ({ stdout }): End => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''),
      );
      if (!fromClient || !fromServer) throw new Error('an end of the transfer said nothing');
      return { client: fromClient, server: fromServer };
    },
  };
}

export async function transferUnderChanges(lab: Lab, options: TransferOptions): Promise<Transfer> {
  await prepare(lab, 'node1');
  await prepare(lab, 'gateway1');
  const before = { client: await retransmits(lab, 'client'), node1: await retransmits(lab, 'node1') };
  const transfer = await startTransfer(lab, options);
  const changed = await changeInStep(lab, options, transfer);
  return {
    ...(await transfer.finish()),
    ...changed,
    drops: await dropsOfBoth(lab),
    retransmits: {
      client: (await retransmits(lab, 'client')) - before.client,
      node1: (await retransmits(lab, 'node1')) - before.node1,
    },
  };
}

/** Both streams came as they were sent, each byte of them, and they are as long as they must be. */
export function arrivedWhole({ client, server }: Ends, bytes: number): boolean {
  const same = (from: Stream | undefined, to: Stream | undefined): boolean =>
    from !== undefined && from.bytes >= bytes && from.bytes === to?.bytes && from.sha256 === to.sha256;
  return same(client.sent, server.received) && same(server.sent, client.received);
}

async function prepare(lab: Lab, host: Gateway | Node): Promise<void> {
  const { code, stderr } = await tryApply(lab, host, partsOfRound(host, 0));
  if (code !== 0) throw new Error(`apply on ${host} ended with ${code}: ${stderr}`);
}

/** Changes spread over the transfer's length, so that none of it goes by undisturbed. */
async function changeInStep(
  lab: Lab,
  { bytes, applies, upgrades }: TransferOptions,
  transfer: Ongoing,
): Promise<Pick<Transfer, 'applies' | 'upgrades'>> {
  const done = { applies: [] as Round[], upgrades: [] as Transfer['upgrades'][number][] };
  const runs = { gateway1: objectPath(), node1: objectPath() };
  for (let index = 0; index < applies; index++) {
    await transfer.sent((bytes * index) / applies);
    const { host, round } = turn(index);
    if (done.upgrades.length < Math.floor(((index + 1) * upgrades) / applies)) {
      const { host: upgraded } = turn(done.upgrades.length);
      runs[upgraded] = runs[upgraded] === upgradeObject ? objectPath() : upgradeObject;
      done.upgrades.push(await upgrade(lab, upgraded, lastRound(upgraded, index), runs[upgraded]));
    }
    done.applies.push(await applyRound(lab, host, round, runs[host]));
  }
  return done;
}

/** What is live on a host before the change of this index: an upgrade changes the program and nothing else. */
function lastRound(host: 'gateway1' | 'node1', index: number): number {
  for (let last = index - 1; last >= 0; last--) if (turn(last).host === host) return turn(last).round;
  return 0;
}

async function upgrade(
  lab: Lab,
  host: 'gateway1' | 'node1',
  round: number,
  object: string,
): Promise<Transfer['upgrades'][number]> {
  const done = await applyRound(lab, host, round, object);
  const wanted = createHash('sha256').update(readFileSync(object)).digest('hex');
  return { ...done, live: (await liveBuild(lab, host)) === wanted };
}

interface StatusDocument {
  readonly slots: readonly { readonly state: string; readonly buildDigest: string }[];
}

async function liveBuild(lab: Lab, host: 'gateway1' | 'node1'): Promise<string | undefined> {
  const finished = await lab.trueingress(host, ['status', '--json', '-i', lab.instance(host)]);
  const { slots }: StatusDocument = JSON.parse(finished.stdout);
  return slots.find(({ state }) => state === 'live')?.buildDigest;
}

function sentBy(client: Running): number {
  return Number(/.*\bsent (\d+)\n/s.exec(client.stdout)?.[1] ?? 0);
}

async function waitUntilSent(client: Running, bytes: number): Promise<void> {
  while (sentBy(client) < bytes) {
    if (client.stdout.includes('"')) throw new Error(`the transfer ended early: ${client.stdout.slice(-300)}`);
    await sleep(5);
  }
}

async function retransmits(lab: Lab, host: HostName): Promise<number> {
  const lines = (await lab.exec(host, ['cat', '/proc/self/net/snmp'])).split('\n').filter((l) => l.startsWith('Tcp:'));
  const [names = [], values = []] = lines.map((line) => line.split(' '));
  return Number(values[names.indexOf('RetransSegs')]);
}
