// lint: one host's file against those of the hosts at the other end. No kernel; keys as far as they can be read here.
import { disagreements } from '../../ends/play.ts';
import { hasErrors } from '../../problem.ts';
import { agreementFields, agreementText } from '../../report/ends.ts';
import { createKeyDigest } from '../../topology/key-digest.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { readHosts } from '../hosts.ts';
import { startWaiting } from '../progress.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const wait = startWaiting(invocation);
  const read = await readHosts(invocation);
  if ('failed' in read) return failure(read.failed);
  const ends = read.value.map(({ end }) => end);
  wait(`comparing the files of ${ends.length} hosts …`);
  const found = disagreements(ends, createKeyDigest());
  if (found.some(({ code }) => code === 'ends-role')) return failure(found);
  return {
    kind: 'Lint',
    exitCode: hasErrors(found) ? exitCodes.different : exitCodes.done,
    problems: [...read.problems, ...found],
    fields: () => agreementFields(ends, found),
    text: (style) => agreementText(ends, found, style),
  };
}
