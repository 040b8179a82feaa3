// An old script, as people have them, on a host of the lab: cli_cfg, cli_tunnel and cli_service are links to the command under test,
// found by PATH, and bpffs is where it always was.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { type Finished, run } from './lab-process.ts';
import type { Gateway } from './lab-topology.ts';

/** The words that scripts really use: `get || set`, grep of lists, both verbs for services. */
export function gatewayScript(lab: Lab): string {
  const name = lab.instance('gateway1');
  return `set -e
cli_cfg set eth0 0 0 1 '${name} RX'
cli_cfg set eth0 1 0 17 '${name} TX'
cli_tunnel get 100 || cli_tunnel set 100 172.1.0.4 6080 172.1.0.3 6080
cli_tunnel get 101 || cli_tunnel set 101 172.1.0.4 6080 0 0
cli_tunnel get all | grep '^TUN'
cli_service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 100 'Pa55w0rd1234567'
cli_service get all | grep 'ENCAP.*tcp 5.5.5.6:3100' || cli_service set-gw 2 4 hidden-key 101 tcp 5.5.5.6 3100 0
`;
}

export async function runOldScript(lab: Lab, host: Gateway, text: string): Promise<Finished> {
  const tools = join(lab.directory, 'old-tools');
  mkdirSync(tools, { recursive: true });
  for (const name of ['cli_cfg', 'cli_tunnel', 'cli_service']) {
    try {
      symlinkSync(join(process.cwd(), 'dist/trueingress.cjs'), join(tools, name));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  const path = join(lab.directory, 'old.sh');
  writeFileSync(path, text);
  const inside = `mount --bind ${lab.bpffs} /sys/fs/bpf && PATH=${tools}:$PATH exec sh ${path}`;
  return await run([...lab.enter(host), 'unshare', '--mount', 'sh', '-c', inside], { env: lab.environment });
}

/** The file that the script becomes, written into the lab; with what import said. */
export async function importScript(
  lab: Lab,
  host: Gateway,
): Promise<{ readonly file: string; readonly said: Finished }> {
  const said = await run([
    process.execPath,
    join(process.cwd(), 'dist/trueingress.cjs'),
    'import',
    join(lab.directory, 'old.sh'),
    '--show-secrets',
    // Words of early and late releases stand side by side in it, which no installation ever had.
    '--order',
    'service-group',
    '-i',
    lab.instance(host),
  ]);
  return { file: lab.write('imported.yaml', said.stdout), said };
}
