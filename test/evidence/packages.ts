// The .deb taken apart, not installed: what it weighs, and how long its command takes to start and to answer a shell.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Evidence, median } from './evidence.ts';

const root = resolve('.');
const rounds = 15;

export async function measurePackages(): Promise<Evidence[]> {
  const room = mkdtempSync(join(tmpdir(), 'ti-evidence-'));
  try {
    const built = execFileSync(join(root, 'scripts/packages/deb.sh'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const path = join(root, built.trim());
    execFileSync('dpkg-deb', ['-x', path, room]);
    const command = join(room, 'usr/bin/trueingress');
    const took = (words: readonly string[], program = command): { ms: number; code: number | null; text: string } => {
      const runs = Array.from({ length: rounds }, () => {
        const start = process.hrtime.bigint();
        const { status, stdout } = spawnSync(program, [...words], { cwd: '/', encoding: 'utf8' });
        return { ms: Number(process.hrtime.bigint() - start) / 1e6, code: status, text: stdout };
      });
      const [{ code, text } = { code: null, text: '' }] = runs;
      return { ms: median(runs.map(({ ms }) => ms)), code, text };
    };
    const node = took(['-e', '0'], process.execPath);
    const version = took(['version']);
    const interfaces = took(['__complete', 'interfaces']);
    const pages = ['man1', 'man5'].flatMap((name) => readdirSync(join(room, 'usr/share/man', name)));
    const complaints = spawnSync(
      'mandoc',
      ['-Tlint', '-W', 'warning', ...readdirSync('build/share/man1').map((name) => `build/share/man1/${name}`)],
      { encoding: 'utf8' },
    );
    const said = complaints.status === null ? 'not there' : `${complaints.stdout.split('\n').length - 1} complaints`;
    return [
      {
        promise:
          'packages: the .deb carries everything that its command needs, and a shell is answered while somebody types',
        figures:
          `${(statSync(path).size / 1e6).toFixed(2)} MB, ${pages.length} pages of manual, mandoc: ${said}; from /: version exits ${version.code} in ${version.ms.toFixed(0)} ms, ` +
          `__complete interfaces exits ${interfaces.code} in ${interfaces.ms.toFixed(0)} ms, ${interfaces.text.split('\n').length - 1} names; node -e 0 ${node.ms.toFixed(0)} ms`,
        holds:
          version.code === 0 &&
          !version.text.includes('missing') &&
          interfaces.code === 0 &&
          /^lo\b/m.test(interfaces.text) &&
          complaints.stdout === '',
      },
    ];
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
