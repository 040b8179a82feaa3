// States that a host can be found in, made by hand on gateway1 of a lab; each with what `status` calls it. For the lab's test and for
// `make evidence`. After each the same three things must be: an apply that ends with 0, a host that is converged, and a page.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingState } from '../../src/reconcile/findings.ts';
import type { Lab } from './lab.ts';
import { must } from './lab-process.ts';
import { apply, type Parts, topologyText, tunnel100, web } from './lab-topology.ts';
import { fetchPage } from './lab-traffic.ts';

const host = 'gateway1';
const tunnels = [tunnel100.gateway];
/** Two generations that both serve `web`, so that each slot holds one. */
const first: Parts = { tunnels, services: [web] };
const second: Parts = { tunnels, services: [web, { ...web, name: 'more', id: 9, proxy: '5.5.5.9:3100' }] };
const withExtra: Parts = { ...second, interfaces: ['eth0', 'extra'] };

export interface FoundState {
  readonly name: string;
  /** What `status` must name; `none`: the host is as it was applied. */
  readonly finds: FindingState | 'none';
  /** In the finding's words. */
  readonly says?: RegExp;
  readonly make: (lab: Lab) => Promise<void>;
  /** What is applied afterwards; `second` unless told. */
  readonly applies?: Parts;
}

export const livePins = (lab: Lab, slot: string): string => join(lab.bpffs, 'trueingress', lab.instance(host), slot);

const removePins = (...paths: readonly string[]) => must(['rm', '-r', ...paths]);
const exec = (lab: Lab, line: string) => lab.exec(host, line.split(' '));
const byHand = (lab: Lab, action: 'switch' | 'detach', direction: string) =>
  lab.exec(host, [
    process.execPath,
    'scripts/run.mjs',
    'test/support/hook-tool.ts',
    lab.bpffs,
    lab.instance(host),
    action,
    direction,
  ]);
const withObject = async (lab: Lab, name: string) => {
  const file = lab.write(`${host}.yaml`, topologyText(lab, host, second));
  await lab.trueingress(host, ['apply', '-f', file], { env: { TRUEINGRESS_OBJECT: `build/bpf/${name}.bpf.o` } });
};
const addExtra = async (lab: Lab) => {
  await exec(lab, 'ip link add extra type veth peer name extra-far');
  await exec(lab, 'ip link set extra up');
};
const applyExtra = async (lab: Lab) => {
  await addExtra(lab);
  await apply(lab, host, withExtra);
};
/** DECAP: 16 bytes of address and a port, both in wire order. */
const rowByHand = 'key hex 00 00 00 00 00 00 00 00 00 00 ff ff ac 01 00 63 17 c0 00 00';

export const foundStates: readonly FoundState[] = [
  { name: 'nothing is wrong', finds: 'none', make: async () => {} },
  {
    name: 'a slot half staged: the probes refused a broken program',
    finds: 'slot-half-staged',
    says: /slot [ab] is half staged/,
    make: (lab) => withObject(lab, 'broken'),
    applies: first,
  },
  {
    name: 'hooks mixed, ingress newer',
    finds: 'mixed-hooks',
    make: async (lab) => void (await byHand(lab, 'switch', 'egress')),
  },
  {
    name: 'hooks mixed, egress newer',
    finds: 'mixed-hooks',
    make: async (lab) => void (await byHand(lab, 'switch', 'ingress')),
  },
  {
    name: 'every pin gone',
    finds: 'pins-missing',
    says: /BPF file system/,
    make: async (lab) => void (await removePins(livePins(lab, ''))),
  },
  {
    name: 'pins of a run that crashed: the standby without META',
    finds: 'slot-broken',
    make: async (lab) => {
      for (const parts of [first, second]) await apply(lab, host, parts);
      await removePins(join(livePins(lab, await standby(lab)), 'meta'));
    },
    applies: first,
  },
  {
    name: 'the BPF file system unmounted and mounted again',
    finds: 'pins-missing',
    make: async (lab) => {
      await must(['umount', '-l', lab.bpffs]);
      await must(['mount', '-t', 'bpf', 'bpf', lab.bpffs]);
    },
  },
  {
    name: 'the BPF file system unmounted',
    finds: 'pins-missing',
    make: async (lab) => void (await must(['umount', '-l', lab.bpffs])),
  },
  ...(['ingress', 'egress'] as const).map(
    (direction): FoundState => ({
      name: `the program taken off ${direction} by hand`,
      finds: 'hook-missing',
      says: new RegExp(`eth0 ${direction} is not attached`),
      make: async (lab) => void (await byHand(lab, 'detach', direction)),
    }),
  ),
  {
    name: 'both programs taken off by hand',
    finds: 'no-hook-runs-it',
    make: async (lab) => {
      for (const direction of ['egress', 'ingress']) await byHand(lab, 'detach', direction);
    },
  },
  {
    name: 'an interface deleted, and gone from the file',
    finds: 'interface-gone',
    make: async (lab) => {
      await applyExtra(lab);
      await exec(lab, 'ip link del extra');
    },
  },
  {
    name: 'an interface made anew with another index',
    finds: 'interface-gone',
    make: async (lab) => {
      await applyExtra(lab);
      await exec(lab, 'ip link del extra');
      await addExtra(lab);
    },
    applies: withExtra,
  },
  {
    name: 'an interface renamed, and named so in the file',
    finds: 'none',
    make: async (lab) => {
      await exec(lab, 'ip link set extra down');
      await exec(lab, 'ip link set extra name other');
      await exec(lab, 'ip link set other up');
    },
    applies: { ...second, interfaces: ['eth0', 'other'] },
  },
  {
    name: 'an interface moved to another network namespace',
    finds: 'interface-gone',
    make: async (lab) => {
      const away = lab.spawn('node1', ['sleep', '60']);
      await exec(lab, `ip link set other netns ${away.pid}`);
      await away.end('SIGKILL');
    },
  },
  {
    name: 'a row added with bpftool',
    finds: 'rows-edited',
    says: /not from a file: decap row \(.*172\.1\.0\.99.*\) was added by hand/,
    make: async (lab) => {
      const map = join(livePins(lab, await live(lab)), 'decap');
      await must([
        'bpftool',
        'map',
        'update',
        'pinned',
        map,
        ...rowByHand.split(' '),
        ...'value hex 01 00 00 00'.split(' '),
      ]);
    },
  },
  {
    name: 'a row deleted with bpftool',
    finds: 'rows-edited',
    says: /not from a file: encap row \(.*5\.5\.5\.9.*\) was removed by hand/,
    make: async (lab) => {
      const map = join(livePins(lab, await live(lab)), 'encap');
      const rows: { key: string[] }[] = JSON.parse(await must(['bpftool', '-j', 'map', 'dump', 'pinned', map]));
      const key = rows
        .map((row) => row.key.map((byte) => byte.slice(2)))
        .find((one) => one.join('').match(/05050509.*0c1c/));
      if (!key) throw new Error('the row of 5.5.5.9:3100 is not there');
      await must(['bpftool', 'map', 'delete', 'pinned', map, 'key', 'hex', ...key]);
    },
  },
  {
    name: 'programs of another build',
    finds: 'other-build',
    make: (lab) => withObject(lab, 'upgrade'),
  },
];

export interface Found {
  readonly states: readonly string[];
  readonly messages: readonly string[];
  readonly converged: boolean;
}

/** Both slots hold a generation that serves the page. */
export async function prepareFound(lab: Lab): Promise<void> {
  await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web] });
  for (const parts of [first, second, first, second]) await apply(lab, host, parts);
}

export async function look(lab: Lab): Promise<Found> {
  const { stdout } = await lab.trueingress(host, ['status', '--json', '-i', lab.instance(host)]);
  const { findings = [], converged = false }: { findings?: { state: string; message: string }[]; converged?: boolean } =
    JSON.parse(stdout);
  return { states: findings.map(({ state }) => state), messages: findings.map(({ message }) => message), converged };
}

/** What came of the next apply: its exit code, and whether all is well then. */
export async function mend(lab: Lab, { applies = second }: Pick<FoundState, 'applies'>) {
  const file = lab.write(`${host}.yaml`, topologyText(lab, host, applies));
  const { code, stderr } = await lab.trueingress(host, ['apply', '-f', file]);
  const { converged, states } = await look(lab);
  const { status } = await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 3000 });
  return { code, stderr, converged, states, status };
}

async function slots(lab: Lab): Promise<{ live?: { slot: string } }> {
  return JSON.parse((await lab.trueingress(host, ['status', '--json', '-i', lab.instance(host)])).stdout);
}

export async function live(lab: Lab): Promise<string> {
  return (await slots(lab)).live?.slot ?? 'a';
}

export async function standby(lab: Lab): Promise<string> {
  return (await live(lab)) === 'a' ? 'b' : 'a';
}

/** Every pin of the live generation and of what it learned, as `a/nat`. */
export async function pinNames(lab: Lab): Promise<string[]> {
  return [await live(lab), 'learned'].flatMap((directory) => {
    const path = livePins(lab, directory);
    return existsSync(path) ? readdirSync(path).map((name) => `${directory}/${name}`) : [];
  });
}
