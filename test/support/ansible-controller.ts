// Debian's ansible-core on this machine as the controller of two hosts of a lab: it plays the example's inventory with what reaches the
// hosts beside it, and reads the recap. Knows no collection and no connection: whoever opens it says which.
import { execFileSync } from 'node:child_process';
import { type Finished, run } from './lab-process.ts';

export type Managed = 'gateway1' | 'node1';
export const managed: readonly Managed[] = ['gateway1', 'node1'];

/** What `PLAY RECAP` says of a host. */
export interface Recap {
  readonly changed: number;
  readonly failed: number;
}

export interface Played extends Finished {
  readonly recap: Readonly<Partial<Record<Managed, Recap>>>;
}

export interface ControllerOptions {
  /** Of its own: the home of whoever runs it. */
  readonly directory: string;
  readonly collections: string;
  /** File that says how each host is reached, beside the example's own inventory. */
  readonly inventory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of a play. */
  readonly timeoutMs?: number;
  /** Words before each command line: a network namespace to be in. */
  readonly enter?: readonly string[];
}

export interface Controller {
  readonly env: Readonly<Record<string, string>>;
  play(playbook: string, words?: readonly string[]): Promise<Played>;
}

export const exampleSite = 'examples/ansible/site.yml';

/** Guests with other kernels have no Ansible; whoever runs on a machine of Debian has it by `make deps`. */
export function whyNoAnsible(): string | undefined {
  try {
    // Asked for its version it would make a directory in the home of whoever asks.
    execFileSync('sh', ['-c', 'command -v ansible-playbook'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'no ansible-playbook on this machine: make deps';
    if (process.env.CI === 'true') throw new Error(`tests with Ansible may not be skipped: ${reason}`);
    console.warn(`tests with Ansible skipped: ${reason}`);
    return reason;
  }
}

export function openController(options: ControllerOptions): Controller {
  const env = {
    ...options.env,
    HOME: options.directory,
    ANSIBLE_HOME: options.directory,
    ANSIBLE_COLLECTIONS_PATH: options.collections,
    ANSIBLE_NOCOLOR: '1',
    // Python writes no __pycache__ beside the sources.
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const inventories = ['-i', 'examples/ansible/inventory.yml', '-i', options.inventory];
  return {
    env,
    play: async (playbook, words = []) => {
      const argv = [...(options.enter ?? []), 'ansible-playbook', ...inventories, playbook, ...words];
      const finished = await run(argv, { env, timeoutMs: options.timeoutMs ?? 140_000 });
      return { ...finished, recap: recapOf(finished.stdout) };
    },
  };
}

function recapOf(stdout: string): Played['recap'] {
  const [, recap = ''] = stdout.split('PLAY RECAP');
  return Object.fromEntries(
    managed.flatMap((host) => {
      const found = new RegExp(`^${host} .*changed=(\\d+) .*failed=(\\d+)`, 'm').exec(recap);
      return found ? [[host, { changed: Number(found[1]), failed: Number(found[2]) }]] : [];
    }),
  );
}
