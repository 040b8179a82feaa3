// init: a first file for this host, to stdout or to a file that is not there yet. Asks for interfaces, needs no root.
import { problem } from '../../problem.ts';
import { starterText } from '../../report/starter.ts';
import { quote } from '../../topology/wording.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const { role, output } = options;
  const machine = await environment.machine();
  const { directory } = await environment.schemas();
  const name = instanceFor(machine.hostName());
  const text = starterText({ role, name, schema: `${directory}/topology.schema.json`, ...(await uplink(invocation)) });
  if (output !== undefined && output !== '-') {
    const written = attempt(output, () => machine.createFile(output, text));
    if ('failed' in written) return failure(written.failed);
  }
  const path = output === '-' ? undefined : output;
  return {
    kind: 'Starter',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ path: path ?? null, role, instance: name, topology: text }),
    text: () => (path === undefined ? text : `Wrote ${path}. Edit it, then: trueingress validate -f ${path}\n`),
  };
}

/** What is left of the host's name of what an instance may be called. */
function instanceFor(host: string): string {
  const [first = ''] = host.toLowerCase().split('.');
  return (
    first
      .replace(/[^a-z0-9-]+/g, '-')
      .slice(0, 15)
      .replace(/^-+|-+$/g, '') || 'edge'
  );
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
