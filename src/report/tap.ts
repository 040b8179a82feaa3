// A test of a topology as TAP version 14 (testanything.org): one line a case, and of a failure a YAML block.
import type { TestCase } from '../reconcile/test-run.ts';

export function tapText(cases: readonly TestCase[]): string {
  const lines = ['TAP version 14', `1..${cases.length}`];
  cases.forEach(({ kind, name, place, failure }, at) => {
    lines.push(`${failure ? 'not ok' : 'ok'} ${at + 1} - ${escaped(`${kind}: ${name}`)}`);
    if (!failure) return;
    const about = {
      message: failure.message,
      ...(failure.hint !== undefined && { hint: failure.hint }),
      severity: 'fail',
      at: { file: place.file, line: place.line, column: place.column },
    };
    // JSON is YAML, and needs no rule of its own for what stands in it.
    const fields = Object.entries(about).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}`);
    lines.push('  ---', ...fields, '  ...');
  });
  return `${lines.join('\n')}\n`;
}

/** `#` begins a directive. A description is one line. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replace(/[\\#]/g, '\\$&');
}
