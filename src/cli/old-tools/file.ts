// The change in a file: edited with its comments, shown, applied, and written once it runs. A file that could not be applied is
// left as it was.
import { hasErrors, problem } from '../../problem.ts';
import { textDiff } from '../../report/text-diff.ts';
import { resolveKeys } from '../../topology/keys.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readFiles } from '../desired.ts';
import { exitCodes } from '../exit.ts';
import { withKernel } from '../kernel.ts';
import { workFor } from '../work.ts';
import { aroundOf, type Change, carryOut, changed } from './changed.ts';

export async function changeFile(invocation: Invocation, asked: Change): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const [path = '', ...more] = options.file;
  if (more.length > 0 || path === '-' || environment.files.kindOf(path) === 'directory')
    return failure([problem('usage', 'one file is changed at a time', { hint: 'name the file that has it: -f FILE' })]);
  const read = await readFiles([path], environment.files);
  if ('failed' in read) return failure(read.failed);
  const { topology, sources } = read.value;
  const [source] = sources;
  if (!source) return failure(read.problems);
  const { keys, problems } = resolveKeys(topology, environment.files, environment.variables);
  if (hasErrors(problems)) return failure([...read.problems, ...problems]);
  const around = await withKernel(invocation, async (kernel) => aroundOf(kernel));
  const attempt = await changed(invocation, asked, source, topology, { ...around, keys: keys.services });
  if ('failed' in attempt) return failure(attempt.failed);
  const text = attempt.value.sources[0]?.text ?? source.text;
  const edit = await textDiff({ name: path, text: source.text }, { name: path, text });
  talk.print(edit && `${edit}\n`);
  const answer = await carryOut(
    invocation,
    workFor(invocation, attempt.value, attempt.problems, { kind: 'apply', of: undefined }),
  );
  const runs = answer.exitCode === exitCodes.done || answer.exitCode === exitCodes.changes;
  const fault = runs && !options.dryRun && edit ? await write(invocation, path, text) : undefined;
  return {
    ...answer,
    ...(fault && { exitCode: exitCodes.unavailable, problems: [...answer.problems, fault] }),
    fields: () => ({ ...answer.fields(), ...(answer.kind !== 'Problems' && { file: path, edit }) }),
  };
}

async function write({ environment }: Invocation, path: string, text: string) {
  try {
    (await environment.machine()).rewrite(path, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const message = `${path} could not be written: ${error.message}`;
    return problem('kernel-refused', message, {
      hint: 'the change runs; write it into the file, or the next apply of it takes it back',
    });
  }
}
