// Mistakes of somebody who begins, made with the command itself: broken files and mistyped command lines, and what is answered.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { brokenTexts } from '../support/broken-texts.ts';
import type { Evidence } from './evidence.ts';

const command = resolve('dist/trueingress.cjs');
const commandLines = [
  'aply',
  'plan --jsn',
  'plan -f',
  'status now',
  'config set',
  'tunnel stt',
  'completion bsh',
  'trace x',
];

export async function measureMistakes(): Promise<Evidence[]> {
  const room = mkdtempSync(join(tmpdir(), 'ti-mistakes-'));
  const run = (words: readonly string[], input = ''): { code: number | null; stderr: string; stdout: string } => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [command, ...words], {
      cwd: room,
      input,
      encoding: 'utf8',
    });
    return { code: status, stderr, stdout };
  };
  try {
    const answers = brokenTexts.map(([, text]) => run(['validate', '-f', '-'], text));
    const whole = answers.filter(({ stderr }) =>
      /^-:\d+:\d+: error\[yaml-syntax\]: .+\n {2}.*\n {2} *\^\n {2}hint: .+\n$/.test(stderr),
    );
    const usages = commandLines.map((line) => run(line.split(' ')));
    const hinted = usages.filter(({ code, stderr }) => code === 64 && /\n {2}hint: .*`?trueingress /.test(stderr));
    const [, next = ''] = /then: trueingress (.*)\n$/.exec(run(['init', '-o', 'edge.yaml']).stdout) ?? [];
    const typed = run(next.split(' '));
    return [
      {
        promise: 'mistakes: each is told once, with its place, its line and what to do next',
        figures: `${brokenTexts.length} broken files: ${answers.filter(({ code }) => code === 65).length} exit 65, ${whole.length} with one place, caret and hint; ${usages.length} mistyped command lines: ${hinted.length} exit 64 with what to type; after init: \`${next}\` exit ${typed.code}, ${typed.stdout.trim()}`,
        holds:
          brokenTexts.length > 15 &&
          whole.length === brokenTexts.length &&
          hinted.length === usages.length &&
          typed.code === 0,
      },
    ];
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
