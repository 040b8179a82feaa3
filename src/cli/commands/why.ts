// why: one row, what explains it, and which rows have to do with it. Reads only.
import { isFault, wordsProblem } from '../../packet/words/words.ts';
import { problem } from '../../problem.ts';
import { descriptorOf, readKey, someKeys, tableCalled, tableWords, why } from '../../reconcile/trace/why.ts';
import { whyFields, whyText } from '../../report/why.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withScene } from '../scene.ts';

/** More are listed when all are asked for. */
const mostReferrers = 20;
const mostHinted = 5;

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const [word, text] = invocation.arguments;
  const table = word === undefined ? undefined : tableCalled(word);
  if (!table)
    return failure([
      problem('usage', word === undefined ? 'no table was named' : `there is no table "${word.slice(0, 60)}"`, {
        hint: `tables are ${tableWords.join(', ')}`,
      }),
    ]);
  const { keyExample } = descriptorOf(table);
  if (text === undefined)
    return failure([
      problem('usage', `no key of table ${word} was given`, {
        hint: `for example: trueingress why ${word} '${keyExample}'`,
      }),
    ]);
  return await withScene(invocation, async (scene, _host, problems) => {
    const key = readKey(scene, table, text);
    if (isFault(key))
      return failure([
        ...problems,
        { ...wordsProblem('key', text, key), hint: `a key of ${word} is written so: ${keyExample}` },
      ]);
    const most = options.all ? Number.POSITIVE_INFINITY : mostReferrers;
    const found = why(scene, table, key, most, environment.monotonicNs());
    const isThere = found.step.row !== undefined;
    const others = isThere ? [] : someKeys(scene, table, mostHinted);
    const missing = problem('no-row', `table ${table} has no row ${found.step.key}`, {
      hint: others.length ? `it has ${others.join('; ')}` : 'it is empty',
    });
    return {
      kind: 'Why',
      exitCode: isThere ? exitCodes.done : exitCodes.missing,
      problems: isThere ? problems : [...problems, missing],
      fields: () => whyFields(found),
      text: (style) => whyText(found, style),
    };
  });
}
