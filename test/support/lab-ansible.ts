// Ansible on the lab: the collection built and installed as a user would, the lab's hosts as an inventory of local connections with
// namespaces of their own, and two ways to run things: a playbook, and a module by itself, which is much quicker.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleSite, type Managed, managed, openController, type Played } from './ansible-controller.ts';
import type { Lab } from './lab.ts';
import { must, run } from './lab-process.ts';

/** What the modules answer, as far as it is tested; their RETURN says what each means. */
export interface Result {
  readonly changed?: boolean;
  readonly failed?: boolean;
  readonly pending?: boolean;
  readonly present?: boolean;
  readonly msg?: string;
  readonly generation?: number;
  readonly exit_code?: number;
  readonly counts?: Readonly<Record<'add' | 'change' | 'delete', number>>;
  readonly changes?: readonly Readonly<Record<string, unknown>>[];
  readonly confirmation?: Readonly<Record<string, unknown>>;
  readonly problems?: readonly { readonly code: string }[];
  readonly diff?: { readonly before: string; readonly after: string };
  readonly status?: Readonly<Record<string, unknown>> | null;
  readonly version?: Readonly<Record<string, unknown>>;
  readonly history?: readonly unknown[] | null;
  readonly stats?: Readonly<Record<string, unknown>> | null;
}

const namespace = 'ansible_collections.trueingress.gateway';

export interface Ansible {
  /** The example's playbook on the lab's hosts. */
  site(words?: readonly string[]): Promise<Played>;
  play(playbook: string, words?: readonly string[]): Promise<Played>;
  /** A module on a host, without the controller's half of it. */
  module(host: Managed, name: 'topology' | 'info', params: Readonly<Record<string, unknown>>): Promise<Result>;
  /** `ansible-doc` of both modules, or of the role. */
  doc(words: readonly string[]): Promise<string>;
  /** The text that the role keeps on a host. */
  kept(host: Managed): string;
  readonly collections: string;
}

export async function installCollection(lab: Lab): Promise<Ansible> {
  const collections = join(lab.directory, 'collections');
  const home = join(lab.directory, 'ansible');
  const { env, play } = openController({
    directory: home,
    collections,
    inventory: lab.write('inventory.json', JSON.stringify(inventoryOf(lab))),
    // Modules have a place for temporary files there.
    env: { ...lab.environment, ANSIBLE_REMOTE_TEMP: join(home, 'tmp') },
  });
  await must(['ansible-galaxy', 'collection', 'build', 'ansible', '--output-path', lab.directory], { env });
  const [archive = ''] = (await must(['sh', '-c', `ls ${lab.directory}/trueingress-gateway-*.tar.gz`])).split('\n');
  await must(['ansible-galaxy', 'collection', 'install', archive, '-p', collections, '--offline'], { env });
  return {
    collections,
    play,
    site: async (words) => await play(exampleSite, words),
    module: async (host, name, params) => {
      const module = `${namespace}.plugins.modules.trueingress_${name}`;
      const input = JSON.stringify({ ANSIBLE_MODULE_ARGS: { ...hostParams(lab, host), ...params } });
      const pythonPath = { ...env, PYTHONPATH: collections };
      const { stdout, stderr } = await run(['/usr/bin/python3', '-m', module], { env: pythonPath, input });
      if (!stdout.trim()) throw new Error(`${name} said nothing: ${stderr}`);
      return JSON.parse(stdout);
    },
    doc: async (words) => await must(['ansible-doc', ...words], { env }),
    kept: (host) => readFileSync(join(keptIn(lab, host), `${lab.instance(host)}.yaml`), 'utf8'),
  };
}

function keptIn(lab: Lab, host: Managed): string {
  return join(lab.directory, 'etc', host);
}

function hostParams(lab: Lab, host: Managed) {
  const [, namespacePath = ''] = lab.enter(host)[1]?.split('/run/netns/') ?? [];
  return {
    executable: join(process.cwd(), 'dist/trueingress.cjs'),
    netns: namespacePath,
    bpffs: lab.bpffs,
    run_dir: join(lab.directory, 'run'),
    state_dir: join(lab.directory, 'state'),
  };
}

/** Beside the example's own: how the lab's hosts are reached. */
function inventoryOf(lab: Lab) {
  const hostVars = (host: Managed) => ({
    ansible_connection: 'local',
    ansible_python_interpreter: '/usr/bin/python3',
    ansible_become: false,
    trueingress_name: lab.instance(host),
    trueingress_directory: keptIn(lab, host),
    ...Object.fromEntries(Object.entries(hostParams(lab, host)).map(([name, value]) => [`trueingress_${name}`, value])),
  });
  return { all: { hosts: Object.fromEntries(managed.map((host) => [host, hostVars(host)])) } };
}
