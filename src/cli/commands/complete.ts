// __complete: what shells offer while somebody types, as VALUE or VALUE<tab>WHAT IT IS. run.ts keeps every fault of it quiet.
import { readdirSync } from 'node:fs';
import { ingest } from '../../reconcile/ingest.ts';
import { readLive } from '../../reconcile/verify.ts';
import { directions } from '../../topology/topology.ts';
import type { Answer, Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import type { LiveValues } from '../guide/values.ts';
import { instanceKnown } from '../instance.ts';
import { findInstance, knownInterfaces, withKernel } from '../kernel.ts';

type Offer = readonly [value: string, meaning?: string | undefined];
type Finder = (invocation: Invocation) => Promise<readonly Offer[]>;

export async function run(invocation: Invocation): Promise<Answer> {
  const [what = ''] = invocation.arguments;
  const offers = isKnown(what) ? await finders[what](invocation) : [];
  const lines = offers.map(([value, meaning]) => (meaning ? `${value}\t${meaning}\n` : `${value}\n`));
  return { kind: 'Problems', exitCode: exitCodes.done, problems: [], fields: () => ({}), text: () => lines.join('') };
}

function isKnown(what: string): what is LiveValues {
  return Object.hasOwn(finders, what);
}

const finders: Readonly<Record<LiveValues, Finder>> = {
  instances: (invocation) =>
    withKernel(invocation, async ({ datapath }) => {
      const live = datapath.instances();
      return (live.length > 0 ? live : await recorded(invocation)).map((name): Offer => [name]);
    }),
  interfaces: (invocation) => interfaces(invocation),
  hooks: async (invocation) => {
    const names = await interfaces(invocation);
    return names.flatMap(([name]) => directions.map((direction): Offer => [`${name}:${direction}`]));
  },
  tunnels: async (invocation) => (await live(invocation)).tunnels,
  services: async (invocation) => (await live(invocation)).services,
  generations: (invocation) =>
    withKernel(invocation, async (kernel) => {
      const found = await instanceKnown(invocation, kernel);
      if ('failed' in found) return [];
      const { shelfOf } = await import('../recording.ts');
      const { readEntries } = await import('../../history/history.ts');
      const { entries } = readEntries(await shelfOf(invocation, found.value));
      return entries.map((entry): Offer => [String(entry.generation)]);
    }),
  namespaces: async () => readdirSync('/run/netns').map((name): Offer => [name]),
  fields: async ({ environment }) => {
    const { fieldsOf } = await import('../../topology/fields.ts');
    const fields = fieldsOf(JSON.parse((await environment.schemas()).text('topology')));
    return fields.slice(1).map(({ path, type }): Offer => [path, type]);
  },
  kinds: async ({ environment }) => ['list', ...(await environment.schemas()).kinds].map((kind): Offer => [kind]),
};

async function recorded({ options, environment }: Invocation): Promise<readonly string[]> {
  return (await environment.machine()).state(options.stateDir).names('');
}

/** Anybody may ask for them; entering a namespace is the datapath's. */
async function interfaces(invocation: Invocation): Promise<Offer[]> {
  const names = async (): Promise<Offer[]> =>
    (await invocation.environment.openHost()).interfaces().map(({ name, addresses }): Offer => [name, addresses[0]]);
  return invocation.options.netns === undefined ? await names() : await withKernel(invocation, names);
}

async function live(invocation: Invocation): Promise<{ tunnels: Offer[]; services: Offer[] }> {
  return await withKernel(invocation, async ({ datapath, host }) => {
    const found = findInstance(datapath, invocation.options.instance);
    const rows = 'failed' in found ? undefined : readLive(datapath, found.value);
    if ('failed' in found || !rows) return { tunnels: [], services: [] };
    const { topology } = ingest(found.value.instance, rows, knownInterfaces(host));
    const { appliedTopology } = await import('../applied-topology.ts');
    const labels = (await appliedTopology(invocation, found.value))?.services ?? [];
    return {
      tunnels: topology.tunnels.map(({ id }): Offer => [String(id)]),
      services: topology.services.map(
        ({ group, id }): Offer => [`${group}/${id}`, labels.find((one) => one.group === group && one.id === id)?.name],
      ),
    };
  });
}
