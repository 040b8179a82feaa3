// Daemons in a lab, and everything that is done to them while traffic runs: for the lab's test and for the evidence.
import { unlinkSync, writeFileSync } from 'node:fs';
import type { Lab } from './lab.ts';
import { type Running, run, sleep } from './lab-process.ts';
import { apply, echo, type Gateway, type Node, type Parts, topologyText, tunnel100, web } from './lab-topology.ts';
import { type FlowResult, startFlow } from './lab-traffic.ts';
import { bearable, patience } from './patience.ts';

export const gatewayParts: Parts = { tunnels: [tunnel100.gateway], services: [web, echo] };
export const nodeParts: Parts = { tunnels: [tunnel100.node], services: [web, echo] };

/** `trueingress watch` on a host, over a file of its own with that text, or over what is there already. */
export class LabDaemon {
  readonly path: string;
  readonly #lab: Lab;
  readonly #host: Gateway | Node;
  #running: Running;
  readonly #seen: string[] = [];
  readonly #words: readonly string[];

  constructor(
    lab: Lab,
    host: Gateway | Node,
    text: string | { readonly path: string },
    words: readonly string[] = ['--interval', '1s'],
  ) {
    this.#lab = lab;
    this.#host = host;
    this.#words = words;
    this.path = typeof text === 'string' ? lab.write(`${host}-watched.yaml`, text) : text.path;
    this.#running = this.#start();
  }

  #start(): Running {
    const words = ['watch', '-f', this.path, ...this.#words, '--log-format', 'text'];
    return this.#lab.spawn(this.#host, this.#lab.commandLine(words), { env: this.#lab.environment });
  }

  get pid(): number {
    return this.#running.pid;
  }

  lastWords(): string {
    return this.#running.stderr.slice(-1500);
  }

  /** Of the one that runs now: how often it told of such events. */
  count(event: string): number {
    return this.#running.stderr.split(` ${event}: `).length - 1;
  }

  async says(text: string): Promise<void> {
    await this.#running.says(text, 30_000);
  }

  /** Killed as nobody can refuse, and started again. */
  async killAndStart(): Promise<void> {
    const { stderr } = await this.#running.end('SIGKILL');
    this.#seen.push(stderr);
    this.#running = this.#start();
    await this.says('started');
  }

  /** Resolves to everything that all of them told. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ readonly code: number; readonly log: string }> {
    const { code, stderr } = await this.#running.end(signal, 20_000);
    return { code, log: [...this.#seen, stderr].join('') };
  }
}

/** What runs on a host, from `status`. */
export async function statusOf(lab: Lab, host: Gateway | Node): Promise<{ generation: number; hooks: number }> {
  const { stdout } = await lab.trueingress(host, ['status', '--json', '-i', lab.instance(host)]);
  const { live, hooks } = JSON.parse(stdout);
  return { generation: live?.generation ?? 0, hooks: hooks?.length ?? 0 };
}

/** One row of TUNNEL, as `show` has it. */
export async function localOfTunnel(lab: Lab, host: Gateway | Node): Promise<string> {
  const { stdout } = await lab.trueingress(host, ['show', 'tunnels', '--json', '-i', lab.instance(host)]);
  return String(JSON.parse(stdout).tunnels?.[0]?.local);
}

/** @param words what else is known, for a failure */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  withinMs = 30_000,
  words: () => string = () => '',
): Promise<number> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > withinMs * patience) throw new Error(`it never came to be that ${what} ${words()}`);
    await sleep(10);
  }
  return performance.now() - start;
}

export interface Endured {
  readonly flow: FlowResult;
  readonly kills: number;
  readonly badFiles: number;
  readonly moves: number;
  readonly applies: number;
  readonly repaired: number;
  /** Exit code of the last daemon after SIGTERM. */
  readonly exit: number;
}

const badTexts = (good: string): readonly (string | undefined)[] => [
  '',
  good.slice(0, good.length / 2),
  'role: [',
  undefined,
  good.replace('"name": "', '"name": "x'),
];

/**
 * Traffic through the gateway while its daemon is killed and started again, fed bad files, given good ones, while rows and hooks of
 * the standby are touched and an interface that the file names beside eth0 goes away, comes back, is renamed and changes its index.
 */
export async function endure(lab: Lab, rounds: number, perSecond: number): Promise<Endured> {
  await apply(lab, 'node1', nodeParts);
  const withSpare = { ...gatewayParts, interfaces: ['eth0', 'spare0'] };
  await lab.ip('gateway1', ['link', 'add', 'spare0', 'type', 'veth', 'peer', 'name', 'spare1']);
  const text = (key: string): string =>
    topologyText(lab, 'gateway1', {
      ...withSpare,
      services: [web, echo, { ...web, name: 'other', id: 9, proxy: '5.5.5.5:3999', key }],
    });
  const daemon = new LabDaemon(lab, 'gateway1', text('first'));
  await until('the gateway runs', async () => (await statusOf(lab, 'gateway1')).hooks === 4);
  const flow = await startFlow(lab, {
    to: echo.proxy,
    at: 'node1',
    endpoint: echo.endpoint,
    perSecond: bearable(perSecond),
    count: 2 ** 23,
    seconds: 240 * patience,
  });
  const bad = badTexts(text('bad'));
  let applies = 0;
  for (let round = 0; round < rounds; round++) {
    const content = bad[round % bad.length];
    if (content === undefined) unlinkSync(daemon.path);
    else writeFileSync(daemon.path, content);
    await sleep(200);
    await daemon.killAndStart();
    await moveSpare(lab, round);
    const before = (await statusOf(lab, 'gateway1')).generation;
    writeFileSync(daemon.path, text(`key-${round}`));
    const isLive = async (): Promise<boolean> => {
      const { generation, hooks } = await statusOf(lab, 'gateway1');
      return generation > before && hooks === 4;
    };
    await until(`the good file of round ${round} is live, on all hooks`, isLive, 30_000, () => daemon.lastWords());
    applies++;
  }
  // Somebody else's hand: hooks of the spare interface are taken off.
  await lab.trueingress('gateway1', ['detach', 'spare0', '--yes', '-i', lab.instance('gateway1')]);
  await until('what was taken off is back', async () => (await statusOf(lab, 'gateway1')).hooks === 4);
  const result = await flow.stop();
  const { code, log } = await daemon.end();
  return {
    flow: result,
    kills: rounds,
    badFiles: rounds,
    moves: rounds,
    applies,
    repaired: log.match(/ drift: /g)?.length ?? 0,
    exit: code,
  };
}

/** Goes away and comes back: re-created with another index, renamed away and back, in another namespace and back. */
async function moveSpare(lab: Lab, round: number): Promise<void> {
  const ip = (...words: readonly string[]): Promise<string> => lab.ip('gateway1', words);
  switch (round % 3) {
    case 0:
      await ip('link', 'delete', 'spare0');
      await ip('link', 'add', 'spare0', 'type', 'veth', 'peer', 'name', 'spare1');
      return;
    case 1:
      await ip('link', 'set', 'spare0', 'name', 'elsewhere0');
      await sleep(600);
      await ip('link', 'set', 'elsewhere0', 'name', 'spare0');
      return;
    default: {
      await ip('link', 'set', 'spare0', 'netns', namespaceOf(lab, 'client'));
      await sleep(600);
      await run([...lab.enter('client'), 'ip', 'link', 'set', 'spare0', 'netns', namespaceOf(lab, 'gateway1')]);
    }
  }
}

function namespaceOf(lab: Lab, host: 'client' | 'gateway1'): string {
  return (lab.enter(host).at(-1) ?? '').replace('--net=/run/netns/', '');
}
