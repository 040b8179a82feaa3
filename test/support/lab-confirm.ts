// An apply that must be confirmed and breaks the traffic, started as somebody at the end of an ssh connection would, and everything
// that had to do with it killed: for the lab's test and for the evidence.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { run, sleep } from './lab-process.ts';
import { apply, type Gateway, type Node, topologyText, tunnel100, web } from './lab-topology.ts';
import { fetchPage } from './lab-traffic.ts';
import { patience } from './patience.ts';
import { asSession, kill, processesIn, sessionOf } from './sessions.ts';

const page = 'http://5.5.5.5:3100/';
/** Longer than killing and fetching take on a machine that is busy. */
export const withinMs = 10_000;

export interface Taken {
  /** Processes that were killed: those of the session, its leader among them. */
  readonly killed: number;
  readonly timerSurvived: boolean;
  /** What a client got while the change was live. */
  readonly during: string;
  /** From the deadline until a client got the page again. */
  readonly lateMs: number;
  readonly rowsBefore: string;
  readonly rowsDuring: string;
  readonly rowsAfter: string;
  /** Exit code of a confirmation that comes now. */
  readonly confirmExit: number;
}

/** Both ends as they should be; a page comes. */
export async function serveWeb(lab: Lab): Promise<void> {
  await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web] });
  await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web] });
  if ((await fetchPage(lab, page)).status !== 200) throw new Error('the page does not come');
}

/** The gateway's file with a key that node1 does not take. */
export function writeBroken(lab: Lab): string {
  const parts = { tunnels: [tunnel100.gateway], services: [{ ...web, key: 'not-the-key' }] };
  return lab.write('broken.yaml', topologyText(lab, 'gateway1', parts));
}

export async function killEverything(lab: Lab): Promise<Taken> {
  const rowsBefore = await liveRows(lab, 'gateway1');
  const words = lab.commandLine(['apply', '-f', writeBroken(lab), '--confirm-within', `${withinMs}ms`, '--wait']);
  const leader = lab.spawn('gateway1', asSession(words), { env: lab.environment });
  const waiting = await until(() => waitingOn(lab));
  await until(async () => ((await liveRows(lab, 'gateway1')) === rowsBefore ? undefined : true));
  const rowsDuring = await liveRows(lab, 'gateway1');
  const killed = processesIn(leader.pid);
  for (const pid of killed) kill(pid);
  await leader.done;
  const timerSurvived = sessionOf(waiting.timer) === waiting.timer && !killed.includes(waiting.timer);
  const during = await fetchPage(lab, page, { timeoutMs: 500 });
  await until(async () => ((await fetchPage(lab, page, { timeoutMs: 250 })).status === 200 ? true : undefined));
  const lateMs = Date.now() - waitingUntilMs(waiting);
  const rowsAfter = await liveRows(lab, 'gateway1');
  const { code } = await lab.trueingress('gateway1', ['confirm', '-i', lab.instance('gateway1')]);
  return {
    killed: killed.length,
    timerSurvived,
    during: during.error ?? String(during.status),
    lateMs,
    rowsBefore,
    rowsDuring,
    rowsAfter,
    confirmExit: code,
  };
}

interface WaitingFile {
  readonly timer: number;
  readonly until: string;
}

const waitingUntilMs = ({ until: text }: WaitingFile): number => Date.parse(text);

/** What the run directory says, once the switch was made and the timer runs. */
function waitingOn(lab: Lab): WaitingFile | undefined {
  try {
    const path = join(lab.directory, 'run', `${lab.instance('gateway1')}.confirm`);
    const { state, timer, until: text } = JSON.parse(readFileSync(path, 'utf8'));
    const [, pid] = /^process (\d+)$/.exec(timer) ?? [];
    return state === 'waiting' && pid ? { timer: Number(pid), until: text } : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 over all rows of the live slot's configured tables, as bpftool reads them; `none`: nothing is live. */
export async function liveRows(lab: Lab, host: Gateway | Node): Promise<string> {
  const instance = lab.instance(host);
  const said = await lab.trueingress(host, ['status', '--json', '-i', instance]);
  const { live } = JSON.parse(said.stdout);
  if (!live) return 'none';
  const directory = join(lab.bpffs, 'trueingress', instance, live.slot);
  const hash = createHash('sha256');
  for (const name of ['allow', 'config', 'decap', 'encap', 'nat', 'short_header', 'tunnel', 'verify']) {
    const dumped = await run(['bpftool', '-j', 'map', 'dump', 'pinned', join(directory, name)]);
    const rows: { key: unknown; value: unknown }[] = JSON.parse(dumped.stdout);
    hash.update(`${name} ${rows.map(({ key, value }) => JSON.stringify([key, value])).sort()}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 30_000 * patience;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it never came to be so');
    await sleep(20);
  }
}
