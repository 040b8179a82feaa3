// A clean Debian of scripts/packages/root.sh, seen copy-on-write, with a network namespace and a bpffs of its own.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const tree = resolve(import.meta.dirname, '../..');
export const trixie = join(tree, 'build/packages/trixie.tar');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DebianRoot {
  /** By sh; `net`: in the namespace that has eth0 (192.0.2.10/24 and a default route), without it in this process's. */
  run(command: string, options?: { readonly net?: boolean }): Promise<Ended>;
  /** A file of this machine, put to a path there. */
  put(file: string, path: string): void;
  /** Programs of BPF on eth0, asked from outside. */
  hooks(): number;
  destroy(): void;
}

export function openDebianRoot(): DebianRoot {
  if (!existsSync(trixie)) throw new Error('there is no clean Debian: make test-packages makes it');
  const room = mkdtempSync(join(tmpdir(), 'ti-deb-'));
  for (const name of ['lower', 'upper', 'work', 'root', 'run', 'bpffs']) mkdirSync(join(room, name));
  const lower = join(room, 'lower');
  execFileSync('tar', ['-C', lower, '--numeric-owner', '-xpf', trixie]);
  const namespace = `ti-deb-${process.pid}`;
  const on = (...words: string[]): string => execFileSync('ip', ['-n', namespace, ...words], { encoding: 'utf8' });
  execFileSync('mount', ['-t', 'bpf', 'bpf', join(room, 'bpffs')]);
  execFileSync('ip', ['netns', 'add', namespace]);
  on('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far');
  for (const name of ['lo', 'eth0', 'far']) on('link', 'set', name, 'up');
  on('addr', 'add', '192.0.2.10/24', 'dev', 'eth0');
  on('route', 'add', 'default', 'via', '192.0.2.1');
  const enter = join(tree, 'scripts/packages/enter.sh');
  const inside = (net: boolean): string[] => (net ? ['nsenter', `--net=/run/netns/${namespace}`] : []);
  return {
    run: (command, { net = false } = {}) =>
      new Promise((done) => {
        const [program = '', ...words] = [...inside(net), enter, lower, room, 'sh', '-c', command];
        execFile(program, words, { encoding: 'utf8', maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
          done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
        );
      }),
    put(file, path) {
      mkdirSync(join(room, 'upper', path, '..'), { recursive: true });
      cpSync(file, join(room, 'upper', path));
    },
    hooks() {
      const counter = [process.execPath, 'scripts/run.mjs', 'test/support/count-programs.ts', 'eth0'];
      const [program = '', ...words] = [...inside(true), ...counter];
      return Number(execFileSync(program, words, { cwd: tree, encoding: 'utf8' }));
    },
    destroy() {
      execFileSync('ip', ['netns', 'delete', namespace]);
      execFileSync('umount', [join(room, 'bpffs')]);
      rmSync(room, { recursive: true, force: true });
    },
  };
}
