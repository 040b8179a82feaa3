// Why a row is there, as text and as data.
import type { Step } from '../reconcile/trace/step.ts';
import type { Why } from '../reconcile/trace/why.ts';
import { partText, stepFields, stepsText } from './rows.ts';
import type { Style } from './style.ts';

export function whyText({ step, wantedBy, leadsTo, metBy, metByAll, instance, generation }: Why, style: Style): string {
  const rows = generation === undefined ? `the file, as instance ${instance}` : `${instance}, generation ${generation}`;
  const more = metByAll - metBy.length;
  return [
    `${style.faint(`${step.title} (${rows})`)}\n`,
    stepsText([step], style),
    wantedBy.length
      ? `      ${style.changed('the file wants it')}\n${wantedBy.map((part) => `      ${style.faint(partText(part))}\n`).join('')}`
      : '',
    part('leads to', leadsTo, style),
    part('met by way of', metBy, style),
    more > 0 ? `  and ${more} more; --all lists them\n` : '',
  ].join('');
}

function part(title: string, steps: readonly Step[], style: Style): string {
  return steps.length ? `\n${style.strong(title)}\n${stepsText(steps, style)}` : '';
}

export function whyFields({
  step,
  wantedBy,
  leadsTo,
  metBy,
  metByAll,
  instance,
  generation,
}: Why): Record<string, unknown> {
  return {
    instance,
    ...(generation !== undefined && { generation }),
    ...stepFields(step),
    wantedBy: wantedBy.map(({ what, place }) => ({ what, ...place })),
    leadsTo: leadsTo.map(stepFields),
    metBy: metBy.map(stepFields),
    metByAll,
  };
}
