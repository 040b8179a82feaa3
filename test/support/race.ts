// Applies of different files started at once, by the built command. For tests and `make evidence`.
import type { CommandLine } from '../kernel/cli/command.ts';

export interface Race {
  readonly codes: readonly (number | null)[];
  /** Of those that applied, ascending. */
  readonly generations: readonly number[];
  /** How many of the files are what is live afterwards. */
  readonly winners: number;
  readonly converged: boolean;
}

export const racerText = (at: number): string => `apiVersion: trueingress/v1
name: racers
role: gateway
interfaces: [eth0]
tunnels:
  - {id: ${100 + at}, local: '172.1.0.4:${6080 + at}', remote: '172.1.0.3:6080'}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:${3100 + at}', tunnel: ${100 + at}, key: key-${at}}
`;

/** All at once; every other one waits for no lock. */
export async function race(cli: CommandLine, files: readonly string[], round: number): Promise<Race> {
  const finished = await Promise.all(
    files.map((file, at) =>
      cli.runHere(['apply', '-f', file, '--json', '--lock-timeout', (at + round) % 2 ? '0ms' : '2m']),
    ),
  );
  const outcomes = finished.map(({ stdout }) => JSON.parse(stdout) as { result?: string; generation?: number });
  const applied = outcomes.flatMap(({ result, generation }) =>
    result === 'applied' && generation ? [generation] : [],
  );
  const differing = [];
  for (const file of files) differing.push((await cli.runHere(['diff', '-f', file])).code);
  return {
    codes: finished.map(({ code }) => code),
    generations: applied.sort((a, b) => a - b),
    winners: differing.filter((code) => code === 0).length,
    converged: (await cli.runHere(['status', '--check', '-i', 'racers'])).code === 0,
  };
}
