// A test of a topology as JUnit XML, as CI servers read it: one suite, one case each, a failure with its text.

import { formatPlace } from '../problem.ts';
import type { TestCase } from '../reconcile/test-run.ts';
import type { TestView } from './test-run.ts';

export function junitText({ topology, cases, ms }: TestView): string {
  const failures = cases.filter(({ failure }) => failure).length;
  const counts = { tests: cases.length, failures, errors: 0, skipped: 0, time: (ms / 1000).toFixed(3) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'trueingress test', ...counts })}>`,
    `  <testsuite${attributes({ name: topology.name, ...counts })}>`,
    ...cases.flatMap((one) => caseLines(one, topology.name)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseLines({ kind, name, place, failure }: TestCase, instance: string): string[] {
  const { file, line } = place;
  const open = `    <testcase${attributes({ classname: `${instance}.${kind}`, name, file, line })}`;
  if (!failure) return [`${open}/>`];
  const text = [`${formatPlace(place)}: ${failure.message}`, ...(failure.hint === undefined ? [] : [failure.hint])];
  return [
    `${open}>`,
    `      <failure${attributes({ message: failure.message, type: failure.code })}>${escaped(text.join('\n'))}</failure>`,
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replace(/\s/g, ' ')}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no way to write most control characters, nor halves of a character. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
