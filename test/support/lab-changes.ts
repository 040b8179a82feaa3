// Many changes in a row while traffic runs: what P10 (0 lost) is shown with, by the lab tests and by `make evidence`.
import type { Lab } from './lab.ts';
import {
  bulk,
  echo,
  type Gateway,
  type Node,
  type Parts,
  tryApply,
  tunnel100,
  type WrittenService,
  web,
} from './lab-topology.ts';
import { type FlowResult, startFlow } from './lab-traffic.ts';

/** Services beside the one under load. 300 outgrow the tables, so that a change now and then is a new load of the programs. */
const extraCounts = [0, 1, 2, 300, 3] as const;

function extra(index: number): WrittenService {
  const port = 20_000 + index;
  return {
    ...web,
    name: `extra-${index}`,
    id: 100 + index,
    proxy: `5.5.5.5:${port}`,
    endpoint: `1.1.1.1:${port}`,
    key: `key-${index}`,
  };
}

/** The topology of one end in a given round: `web`, `echo` and `bulk` stay, everything else comes and goes. */
export function partsOfRound(host: Gateway | Node, round: number): Parts {
  const count = extraCounts[round % extraCounts.length] ?? 0;
  const tunnel = host === 'gateway1' ? tunnel100.gateway : tunnel100.node;
  const extras = Array.from({ length: count }, (_, index) => extra(index));
  return { tunnels: [tunnel], services: [web, echo, bulk, ...extras] };
}

export interface Round {
  readonly code: number;
  readonly milliseconds: number;
  /** What the command said, when its exit code was not 0. */
  readonly complaint: string;
}

/** One apply, measured; on `object` instead of the built programs. */
export async function applyRound(lab: Lab, host: Gateway | Node, round: number, object?: string): Promise<Round> {
  const began = performance.now();
  const { code, stdout, stderr } = await tryApply(lab, host, partsOfRound(host, round), object);
  return { code, milliseconds: performance.now() - began, complaint: code === 0 ? '' : stderr + stdout };
}

/** The nth of many: on gateway and node by turns, each time something else than what is live there. */
export function turn(index: number): { readonly host: 'gateway1' | 'node1'; readonly round: number } {
  return { host: index % 2 === 0 ? 'gateway1' : 'node1', round: Math.floor(index / 2) + 1 };
}

export async function applyRounds(lab: Lab, rounds: number): Promise<Round[]> {
  const results: Round[] = [];
  for (let index = 0; index < rounds; index++) {
    const { host, round } = turn(index);
    results.push(await applyRound(lab, host, round));
  }
  return results;
}

/** The stream that must not lose a packet, from the client to node1's echo server and back. */
export async function applyUnderStream(
  lab: Lab,
  rounds: number,
  perSecond: number,
): Promise<{ readonly rounds: readonly Round[]; readonly flow: FlowResult }> {
  const seconds = 280;
  const flow = await startFlow(lab, {
    to: echo.proxy,
    at: 'node1',
    endpoint: echo.endpoint,
    perSecond,
    count: Math.min(perSecond * seconds, 2 ** 24),
    seconds,
  });
  try {
    return { rounds: await applyRounds(lab, rounds), flow: await flow.stop() };
  } catch (error) {
    await flow.stop();
    throw error;
  }
}
