// The story of one packet as text and as data.
import { describeFrame } from '../packet/describe.ts';
import type { FibAnswer } from '../packet/model/tables.ts';
import type { Route } from '../reconcile/trace/follow.ts';
import type { Trace } from '../reconcile/trace/trace.ts';
import { isDrop, verdicts } from '../tables/verdicts.ts';
import { compareFrames, headerFields, headersText } from './headers.ts';
import { stepFields, stepsText } from './rows.ts';
import type { Style } from './style.ts';
import { hex } from './words.ts';

export interface TraceView {
  readonly trace: Trace;
  /** As it was said, in its shortest form; undefined: it came as bytes. */
  readonly said: string | undefined;
  /** Verdict that was expected; undefined: any. */
  readonly expected: string | undefined;
  readonly interfaceName: (ifindex: number) => string;
}

export function traceText(view: TraceView, style: Style): string {
  const { trace, said, expected } = view;
  const isMet = expected === undefined || expected === trace.verdict;
  return [
    headText(trace, said),
    `${verdictText(trace, style)}\n`,
    isMet ? '' : `${style.removed(`expected ${expected}`)}\n`,
    trace.disagreement
      ? `${style.removed('programs and packet model differ')} (${trace.disagreement.in}; the model says ${trace.disagreement.verdict}): ` +
        "please report this packet with its rows. What is told below of rows is the model's.\n"
      : '',
    part('looked up', stepsText(trace.steps, style), style),
    part('routes', trace.routes.map((route) => `  ${routeText(route, view.interfaceName)}\n`).join(''), style),
    part('a real packet would leave', stepsText(trace.taught, style), style),
    part('headers', headersText(compareFrames(trace.before, trace.after), style), style),
    trace.key === undefined ? '' : style.faint(`  the key is blanked: it is ${trace.key}\n`),
  ].join('');
}

function part(title: string, text: string, style: Style): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function headText({ before, hook, instance, generation, isAttached }: Trace, said: string | undefined): string {
  const words = said === undefined ? [] : [`packet  ${said}`];
  const entered =
    hook.direction === 'ingress'
      ? ''
      : hook.ingressIfindex === 0
        ? ', a packet of this host'
        : `, entered by ${hook.entered}`;
  const rows =
    generation === undefined
      ? `of the file, as instance ${instance} would have them`
      : `live: ${instance}, generation ${generation}`;
  const notAttached = isAttached ? [] : ['        no program is attached there now: a packet would pass'];
  return `${[
    ...words,
    `${words.length ? '       ' : 'packet '} ${describeFrame(before)}`,
    `at      ${hook.name} ${hook.direction}${entered} (${hook.because})`,
    ...notAttached,
    `rows    ${rows}`,
    '',
  ].join('\n')}\n`;
}

function verdictText({ verdict, action }: Trace, style: Style): string {
  const known = verdicts.find(({ name }) => name === verdict);
  const drops = known !== undefined && isDrop(known);
  const paint = drops ? style.removed : style.added;
  const ending = drops ? ' (dropped)' : `, ${actionText(action)}`;
  return `${paint(verdict)}${ending}: ${meaningOf(verdict)}`;
}

/** What an operator of a rising counter is told, as an answer. */
function meaningOf(verdict: string): string {
  const look = verdicts.find(({ name }) => name === verdict)?.look ?? 'a verdict that this build has no words for';
  return look.startsWith('nothing: ') ? look.slice('nothing: '.length) : `look at ${look}`;
}

const actionTexts: Readonly<Record<number, string>> = {
  [-1]: 'on to the next program and the stack',
  2: 'taken',
  7: 'redirected',
};

function actionText(action: number): string {
  return actionTexts[action] ?? `action ${action}`;
}

const routeTexts: Readonly<Record<FibAnswer['kind'], string>> = {
  success: 'a route, and the neighbour is known',
  'no-neighbour': 'a route; the kernel has to find the neighbour first',
  'not-forwarded': 'none that is taken here: on to the stack',
  refused: 'none, or none that leaves there',
};

function routeText({ question, answer }: Route, interfaceName: (ifindex: number) => string): string {
  const { source, destination, ifindex, output } = question;
  return `${source} > ${destination} ${output ? 'out of' : 'as if it entered by'} ${interfaceName(ifindex)}: ${routeTexts[answer.kind]}`;
}

const actionNames: Readonly<Record<number, string>> = { [-1]: 'next', 2: 'drop', 7: 'redirect' };

export function traceFields({ trace, said, expected, interfaceName }: TraceView): Record<string, unknown> {
  const { hook, verdict, disagreement } = trace;
  return {
    instance: trace.instance,
    ...(trace.generation !== undefined && { generation: trace.generation }),
    ...(said !== undefined && { packet: said }),
    frame: describeFrame(trace.before),
    hook: {
      interface: hook.name,
      ifindex: hook.ifindex,
      direction: hook.direction,
      entered: hook.entered,
      because: hook.because,
      attached: trace.isAttached,
    },
    verdict,
    meaning: meaningOf(verdict),
    dropped: verdicts.some((one) => one.name === verdict && isDrop(one)),
    action: actionNames[trace.action] ?? String(trace.action),
    ...(expected !== undefined && { expected }),
    lookups: trace.steps.map(stepFields),
    routes: trace.routes.map(({ question, answer }) => ({
      source: question.source,
      destination: question.destination,
      interface: interfaceName(question.ifindex),
      output: question.output,
      answer: answer.kind,
    })),
    learns: trace.taught.map(stepFields),
    before: hex(trace.before),
    after: hex(trace.after),
    ...(trace.key !== undefined && { blankedKey: trace.key }),
    headers: headerFields(compareFrames(trace.before, trace.after)),
    ...(disagreement && { disagreement: { in: disagreement.in, modelVerdict: disagreement.verdict } }),
  };
}
