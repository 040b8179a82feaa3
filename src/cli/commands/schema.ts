// schema: prints what is shipped; nothing is read but that.
import { problem } from '../../problem.ts';
import { nearest, quote } from '../../topology/wording.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import type { SchemaShelf } from '../schema-shelf.ts';

export async function run({ environment, arguments: [asked = 'topology'] }: Invocation): Promise<Answer> {
  const shelf = await environment.schemas();
  const { directory, kinds } = shelf;
  if (asked === 'list') return listOf(shelf);
  // Documents call themselves `Plan`, as in their field kind.
  const kind = asked.toLowerCase();
  if (!kinds.includes(kind)) {
    const meant = nearest(kind, kinds);
    const hint = meant ? `did you mean \`trueingress schema ${meant}\`?` : '`trueingress schema list` names all';
    return failure([problem('usage', `there is no schema ${quote(asked)}`, { hint })]);
  }
  const text = shelf.text(kind);
  return {
    kind: 'Schema',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ directory, kinds, name: kind, schema: JSON.parse(text) }),
    text: () => text,
  };
}

function listOf({ directory, kinds }: SchemaShelf): Answer {
  return {
    kind: 'Schema',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ directory, kinds, name: null, schema: null }),
    text: () => kinds.map((kind) => `${kind.padEnd(14)}  ${directory}/${kind}.schema.json\n`).join(''),
  };
}
