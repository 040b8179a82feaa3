// In a network namespace of its own: foreign programs and filters before and behind ours on both hooks, and applies in between.
// Prints one JSON object. For `make evidence`, which must keep its own namespace.

import { tcxPrograms } from '../../src/native/tcx.ts';
import { directions } from '../../src/topology/topology.ts';
import { CommandLine } from '../kernel/cli/command.ts';
import { addForeignFilter, attachForeignTcx, foreignState } from '../kernel/datapath/fixtures.ts';
import { openPrivatePlace, run } from './netns.ts';
import { racerText } from './race.ts';

const place = openPrivatePlace();
const cli = new CommandLine(place);
const ifindex = place.addInterface('eth0');
const foreign = new Set<number>();
const put = (priority: number): void => {
  for (const direction of directions) {
    addForeignFilter('eth0', direction, priority);
    foreign.add(attachForeignTcx(ifindex, direction));
  }
};
/** Everything of others to the byte: order, counters, instructions. */
const state = (): string => {
  const own = new Set(directions.flatMap((one) => (tcxPrograms(ifindex, one) ?? []).filter((id) => !foreign.has(id))));
  const code = [...foreign].map((id) => run('bpftool', 'prog', 'dump', 'xlated', 'id', String(id), 'opcodes'));
  return foreignState(ifindex, 'eth0', own) + code.join('');
};
const codes: (number | null)[] = [];
const act = async (...words: string[]): Promise<void> => void codes.push((await cli.runHere(words)).code);
const files = [0, 1, 2].map((at) => cli.write(`${at}.yaml`, racerText(at)));
try {
  put(7);
  await act('apply', '-f', files[0] ?? '');
  put(700);
  const before = state();
  let equal = 0;
  let compared = 0;
  for (const words of [
    ['apply', '-f', files[1] ?? ''],
    ['apply', '-f', files[2] ?? ''],
    ['revert', '-i', 'racers'],
    ['apply', '-f', files[0] ?? '', '--hook', 'clsact'],
    ['apply', '-f', files[1] ?? ''],
    ['apply', '-f', files[1] ?? '', '--hook', 'tcx'],
    ['detach', '--yes', '-i', 'racers'],
    ['attach', '-i', 'racers'],
    ['remove', '--yes', '-i', 'racers'],
  ]) {
    await act(...words);
    compared++;
    if (state() === before) equal++;
  }
  console.log(JSON.stringify({ codes, compared, equal, bytes: before.length }));
} finally {
  cli.close();
  place.close();
}
