// init: a first file for this host, to stdout or to a file that is not there yet. Asks for interfaces, needs no root.
import { basename, dirname, join } from 'node:path';
import { problem } from '../../problem.ts';
import { starterText } from '../../report/starter.ts';
import { quote, shellWord } from '../../topology/wording.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const { role } = options;
  const path = options.output === '-' ? undefined : options.output;
  const machine = await environment.machine();
  const { directory } = await environment.schemas();
  const name = options.instance ?? instanceIn(fileName(path)) ?? instanceIn(hostName(machine.hostName())) ?? 'edge';
  const file = path === undefined ? 'FILE' : shellWord(path);
  const text = starterText({
    role,
    name,
    file,
    keyFile: shellWord(join(dirname(path ?? ''), 'web.key')),
    schema: `${directory}/topology.schema.json`,
    ...(await uplink(invocation)),
  });
  if (path !== undefined) {
    const written = attempt(path, () => machine.createFile(path, text));
    if ('failed' in written) return failure(written.failed);
  }
  return {
    kind: 'Starter',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ path: path ?? null, role, instance: name, topology: text }),
    text: () => {
      if (path === undefined) return text;
      return `Wrote ${path} for instance ${name}. Edit what is marked FILL IN, then: trueingress validate -f ${file}\n`;
    },
  };
}

/** A unit `trueingress@edge` reads edge.yaml, so whoever names a file names the instance with it. */
function fileName(path = ''): string {
  return basename(path).replace(/\.(ya?ml|json)$/i, '');
}

function hostName(host: string): string {
  return host.split('.')[0] ?? '';
}

/** What is left of a text of what an instance may be called; undefined: nothing. */
function instanceIn(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 15)
    .replace(/-+$/, '');
  return name || undefined;
}

async function uplink({ options, environment }: Invocation): Promise<{
  readonly interface: string | undefined;
  readonly address: string | undefined;
}> {
  // Entering a namespace is the datapath's; without one nobody has to be root.
  const datapath =
    options.netns === undefined
      ? undefined
      : await environment.openDatapath({ netns: options.netns, bpffs: options.bpffs, runDirectory: options.runDir });
  try {
    const host = await environment.openHost();
    const name = host.defaultRouteInterface();
    const [address] = host.interfaces().find((one) => one.name === name)?.addresses ?? [];
    return { interface: name, address };
  } finally {
    datapath?.close();
  }
}

function attempt(path: string, write: () => void): Attempt<void> {
  try {
    return { value: write(), problems: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === '') throw error;
    const isThere = code === 'EEXIST';
    const message = isThere ? `${quote(path)} is there already` : `${quote(path)} cannot be written (${code})`;
    const hint = isThere
      ? 'name another file with -o; nothing is written over'
      : 'name a file with -o in a directory that is there and that you may write';
    return { failed: [problem('usage', message, { hint })] };
  }
}
