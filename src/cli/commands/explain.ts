// explain: a field of the file, out of the schema that is shipped.
import { problem } from '../../problem.ts';
import { explainFields, explainText } from '../../report/explain.ts';
import { type Field, fieldsOf } from '../../topology/fields.ts';
import { nearest, quote } from '../../topology/wording.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';

export async function run({ environment, arguments: [asked = ''] }: Invocation): Promise<Answer> {
  const fields = fieldsOf(JSON.parse((await environment.schemas()).text('topology')));
  // As problems and editors write it: `services[2].key`, `.services.key`.
  const path = asked.replace(/\[\d*\]/g, '').replace(/^\.|\.$/g, '');
  const field = fields.find((one) => one.path === path);
  if (!field) return failure([problem('usage', `there is no field ${quote(asked)}`, { hint: hintFor(path, fields) })]);
  const parts = fields.filter((one) => one.path !== '' && parentOf(one.path) === path);
  return {
    kind: 'Explanation',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => explainFields(field, parts),
    text: (style) => explainText(field, parts, style),
  };
}

/** A field of that name elsewhere, a name that is near, or what the nearest mapping above holds. */
function hintFor(path: string, fields: readonly Field[]): string {
  const last = path.split('.').at(-1) ?? '';
  const known = fields.map((one) => one.path);
  const named = known.filter((one) => one !== '' && one.split('.').at(-1) === last);
  const [highest] = named.sort((a, b) => a.split('.').length - b.split('.').length);
  const meant = highest ?? nearest(path, known.slice(1));
  if (meant) return `did you mean \`trueingress explain ${meant}\`?`;
  const above = fields.find((one) => one.path === parentOf(path)) ?? fields[0];
  const byName = nearest(last, above?.holds ?? []);
  if (above && byName) return `did you mean \`trueingress explain ${[above.path, byName].filter(Boolean).join('.')}\`?`;
  return `\`trueingress explain ${above?.path ?? ''}\` tells what there is`.replace(' `', '`');
}

function parentOf(path: string): string {
  return path.split('.').slice(0, -1).join('.');
}
