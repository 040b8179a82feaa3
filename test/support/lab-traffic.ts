// Traffic through a lab: a page, a download, a numbered UDP stream. Every load is bounded in count and time.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { addressesOf, endpointOf, type HostName } from './lab-network.ts';
import { must, type Running } from './lab-process.ts';
import { patience } from './patience.ts';

const tools = join(process.cwd(), 'build/tools');
const fetcher = join(process.cwd(), 'test/support/tools/fetch.mjs');

export interface Fetched {
  readonly status?: number;
  /** Code of the failure: ECONNREFUSED, TIMEOUT, …; absent when the body came whole. */
  readonly error?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  /** The first 4,096 characters. */
  readonly body?: string;
  readonly milliseconds: number;
}

export interface FetchOptions {
  readonly from?: HostName;
  /** Source address; with `addresses.clientByGateway2` the client goes through gateway2. */
  readonly address?: string;
  readonly timeoutMs?: number;
  /** A PUT of so many bytes over so many seconds; the server answers with what arrived (`arrived`). */
  readonly upload?: { readonly bytes: number; readonly seconds?: number };
}

/** What the server says of an upload. */
export function arrived(page: Fetched): { readonly bytes: number; readonly sha256: string } | undefined {
  return page.body?.startsWith('{') ? JSON.parse(page.body) : undefined;
}

/** SHA-256 of the lab's bytes, as server and client make them. */
export function hashOfBytes(total: number): string {
  const piece = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
  const hash = createHash('sha256');
  for (let left = total; left > 0; left -= piece.length) hash.update(piece.subarray(0, Math.min(left, piece.length)));
  return hash.digest('hex');
}

export async function fetchPage(lab: Lab, url: string, options: FetchOptions = {}): Promise<Fetched> {
  const argv = fetchCommand(lab, url, options);
  const env = fetchEnvironment(options);
  return JSON.parse(await must(argv, { timeoutMs: (options.timeoutMs ?? defaultTimeoutMs) + 5000, env }));
}

/** A download of so many bytes, then an upload of as many. */
export async function bulkBothWays(lab: Lab, url: string, bytes: number, timeoutMs = 15_000): Promise<BothWays> {
  const down = await fetchPage(lab, `${url}/bytes/${bytes}`, { timeoutMs });
  const up = await fetchPage(lab, url, { upload: { bytes }, timeoutMs });
  return { down: { bytes: down.bytes, sha256: down.sha256 }, up: arrived(up) };
}

interface Amount {
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
}

export interface BothWays {
  readonly down: Amount;
  /** undefined: the server has not seen its end. */
  readonly up: Amount | undefined;
}

export function cameWhole(bytes: number): BothWays {
  const all = { bytes, sha256: hashOfBytes(bytes) };
  return { down: all, up: all };
}

/** A fetch that goes on while a test does something else. `says('first byte')` tells that it has begun. */
export function startFetch(
  lab: Lab,
  url: string,
  options: FetchOptions = {},
): { running: Running; done: Promise<Fetched> } {
  const running = lab.spawn(options.from ?? 'client', fetchArguments(url, options), { env: fetchEnvironment(options) });
  return { running, done: running.done.then((finished): Fetched => JSON.parse(finished.stdout)) };
}

const defaultTimeoutMs = 5000;

function fetchEnvironment({ upload }: FetchOptions): Record<string, string> {
  return upload ? { UPLOAD_BYTES: String(upload.bytes), UPLOAD_SECONDS: String(upload.seconds ?? 0) } : {};
}

/** The client's own address in the family of where it sends. Other hosts choose for themselves. */
function ownAddress(to: string, from: HostName): string | undefined {
  return from === 'client' ? addressesOf[to.includes('[') ? 'IPv6' : 'IPv4'].client : undefined;
}

function fetchArguments(url: string, options: FetchOptions): string[] {
  const address = options.address ?? ownAddress(url, options.from ?? 'client');
  return [
    process.execPath,
    fetcher,
    url,
    String((options.timeoutMs ?? defaultTimeoutMs) * patience),
    ...(address === undefined ? [] : [address]),
  ];
}

function fetchCommand(lab: Lab, url: string, options: FetchOptions): string[] {
  return [...lab.enter(options.from ?? 'client'), ...fetchArguments(url, options)];
}

export interface FlowOptions {
  readonly from?: HostName;
  readonly address?: string;
  /** Proxy endpoint that the client sends to. */
  readonly to: string;
  /** Host and endpoint where the datagrams must arrive. */
  readonly at: HostName;
  readonly endpoint: string;
  readonly perSecond: number;
  readonly count: number;
  /** Of each datagram's payload, up to 8,192; 64 when not given. */
  readonly bytes?: number;
  /** Given to the kernel at once, to be cut as late as it can (UDP_SEGMENT); 1 when not given. */
  readonly together?: number;
  /** Upper bound of the sending time. */
  readonly seconds: number;
}

/** One way of a flow. */
export interface Way {
  readonly sent: number;
  readonly received: number;
  readonly duplicate: number;
  /** Arrived at the receiver's socket and found it full: the fault of a lab that had no CPU to spare. */
  readonly overflow: number;
  /** Sent, and neither received nor counted as overflow. */
  readonly lost: number;
}

export interface FlowResult {
  readonly requests: Way;
  readonly replies: Way;
  /** Sends that the sender's kernel refused. */
  readonly errors: number;
  readonly milliseconds: number;
}

/** What a flow must come to when nothing may be lost, in tests. */
export const unharmed = { requests: { lost: 0, duplicate: 0 }, replies: { lost: 0, duplicate: 0 }, errors: 0 } as const;

export function describeWay(way: Way): string {
  return `sent ${way.sent}, received ${way.received}, receiver's buffer full ${way.overflow}, lost ${way.lost}, duplicate ${way.duplicate}`;
}

export interface Flow {
  /** Stops sending and says what happened. Resolves as well when count or time were used up. */
  stop(): Promise<FlowResult>;
  /** Resolves when the flow ended by itself. */
  finished(): Promise<FlowResult>;
}

/** Starts a stream of numbered datagrams that the far end echoes; both directions are counted. */
export async function startFlow(lab: Lab, options: FlowOptions): Promise<Flow> {
  const seconds = String(options.seconds);
  const sink = lab.spawn(options.at, [
    join(tools, 'udp-sink'),
    '-b',
    options.endpoint,
    '-s',
    String(options.seconds + 5),
    '-e',
  ]);
  await sink.says('ready');
  const from = options.from ?? 'client';
  const address = options.address ?? ownAddress(options.to, from);
  const sender = lab.spawn(from, [
    ...[
      join(tools, 'udp-send'),
      '-t',
      options.to,
      '-r',
      String(options.perSecond),
      '-n',
      String(options.count),
      '-s',
      seconds,
      '-e',
      '-l',
      String(options.bytes ?? 64),
      '-g',
      String(options.together ?? 1),
    ],
    ...(address === undefined ? [] : ['-b', endpointOf(address, 0)]),
  ]);
  const collect = async (): Promise<FlowResult> => {
    const sent: SenderReport = JSON.parse((await sender.done).stdout);
    const got: SinkReport = JSON.parse((await sink.end('SIGTERM', patienceMs)).stdout.replace('ready\n', ''));
    return {
      requests: way(sent.sent, got.received, got.duplicate, got.overflow),
      replies: way(got.received, sent.replies, sent.duplicateReplies, sent.overflow),
      errors: sent.errors,
      milliseconds: sent.milliseconds,
    };
  };
  return {
    finished: collect,
    stop: async () => {
      await sender.end('SIGTERM', patienceMs);
      return await collect();
    },
  };
}

/** Both tools read what is still on its way before they report. */
const patienceMs = 20_000;

interface SenderReport {
  readonly sent: number;
  readonly errors: number;
  readonly replies: number;
  readonly duplicateReplies: number;
  readonly overflow: number;
  readonly milliseconds: number;
}

interface SinkReport {
  readonly received: number;
  readonly duplicate: number;
  readonly overflow: number;
}

function way(sent: number, received: number, duplicate: number, overflow: number): Way {
  return { sent, received, duplicate, overflow, lost: sent - received - overflow };
}
