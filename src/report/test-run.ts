// What a test of a topology found, for a person and as data.

import { formatPlace } from '../problem.ts';
import type { TestCase } from '../reconcile/test-run.ts';
import type { Topology } from '../topology/topology.ts';
import { formatProblem } from './problems.ts';
import type { Style } from './style.ts';
import { counted, formatMs } from './words.ts';

export interface TestView {
  readonly topology: Topology;
  readonly cases: readonly TestCase[];
  readonly ms: number;
}

/** Cases that are met, listed unless all are asked for. */
const mostListed = 20;

export function testText({ topology, cases, ms }: TestView, all: boolean, style: Style): string {
  const failed = cases.filter(({ failure }) => failure);
  const met = cases.filter(({ failure }) => !failure);
  // What the file says itself is listed before what follows from it.
  const inOrder = [...met].sort((a, b) => Number(a.kind === 'probe') - Number(b.kind === 'probe'));
  const listed = all ? inOrder : inOrder.slice(0, mostListed);
  const rest = inOrder.slice(listed.length);
  return [
    ...listed.map((one) => `${style.added('ok')}    ${caseText(one)}\n`),
    ...(rest.length ? [`${style.added('ok')}    and ${rest.length} more (--all lists them)\n`] : []),
    ...failed.map((one) => `${style.removed('FAIL')}  ${caseText(one)}\n${failureText(one)}`),
    `${summary(topology, cases, failed.length, style)} in ${formatMs(ms)}.\n`,
  ].join('');
}

function caseText({ kind, name, place, packets }: TestCase): string {
  return kind === 'probe' ? `${name}: ${counted(packets, 'probe')}` : `${formatPlace(place)} ${name}`;
}

function failureText({ failure }: TestCase): string {
  if (!failure) return '';
  const lines = formatProblem(failure, { color: false }).split('\n');
  return lines.map((line) => `      ${line}\n`).join('');
}

function summary({ role, name }: Topology, cases: readonly TestCase[], failed: number, style: Style): string {
  const expectations = counted(cases.filter(({ kind }) => kind === 'expectation').length, 'expectation');
  const probes = counted(packetsOf(cases.filter(({ kind }) => kind === 'probe')), 'derived probe');
  const ending = failed
    ? style.removed(`${failed} of ${counted(cases.length, 'case')} failed`)
    : style.added('all as it must be');
  return `${role} ${name}: ${expectations}, ${probes}, ${ending}`;
}

function packetsOf(cases: readonly TestCase[]): number {
  return cases.reduce((sum, { packets }) => sum + packets, 0);
}

export function testFields({ topology, cases, ms }: TestView): Record<string, unknown> {
  const failed = cases.filter(({ failure }) => failure).length;
  return {
    instance: topology.name,
    role: topology.role,
    ms: Math.round(ms * 1000) / 1000,
    packets: packetsOf(cases),
    passed: cases.length - failed,
    failed,
    cases: cases.map(({ kind, name, place, packets, failure }) => ({
      kind,
      name,
      place,
      packets,
      ok: failure === undefined,
      ...(failure && { message: failure.message, ...(failure.hint !== undefined && { hint: failure.hint }) }),
    })),
  };
}
