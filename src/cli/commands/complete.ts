// __complete: what shells offer while somebody types, as VALUE or VALUE<tab>WHAT IT IS. run.ts keeps every fault of it quiet.
import { readdirSync } from 'node:fs';
import { tools } from '../../legacy/asked.ts';
import type { Known, NextWord } from '../../legacy/next-words.ts';
import { ingest } from '../../reconcile/ingest.ts';
import { readLive } from '../../reconcile/verify.ts';
import { directions } from '../../topology/topology.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import type { LiveValues } from '../guide/values.ts';
import { instanceKnown } from '../instance.ts';
import { findInstance, knownInterfaces, withKernel } from '../kernel.ts';
import { optionSpecs } from '../option-specs.ts';
import { withScene } from '../scene.ts';

type Offer = NextWord;
type Finder = (invocation: Invocation) => Promise<readonly Offer[]>;

export async function run(invocation: Invocation): Promise<Answer> {
  const [what = ''] = invocation.arguments;
  const offers = isKnown(what) ? await finders[what](invocation) : [];
  const lines = offers.map(([value, meaning]) => (meaning ? `${value}\t${meaning}\n` : `${value}\n`));
  return { kind: 'Problems', exitCode: exitCodes.done, problems: [], fields: () => ({}), text: () => lines.join('') };
}

/** Nobody reads more of a list that a shell offers. */
const mostKeys = 200;

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
  words: async (invocation) => {
    const [name, ...given] = typedWords(invocation);
    const tool = tools.find((one) => one === name);
    if (!tool) return [];
    const { nextWords } = await import('../../legacy/next-words.ts');
    const order = invocation.options.order ?? 'service-group';
    const known = { interfaces: await interfaces(invocation), ...(await live(invocation)) };
    return nextWords(tool, given, { ...known, services: known.identities }, order);
  },
  keys: async (invocation) => {
    const { someKeys, tableCalled } = await import('../../reconcile/trace/why.ts');
    const table = tableCalled(typedWords(invocation)[1] ?? '');
    const keys: Offer[] = [];
    if (!table) return keys;
    await withScene(invocation, async (scene) => {
      for (const key of someKeys(scene, table, mostKeys)) keys.push([key]);
      return failure([]);
    });
    return keys.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  },
  kinds: async ({ environment }) => ['list', ...(await environment.schemas()).kinds].map((kind): Offer => [kind]),
};

/** The command and the words behind it, without options and what belongs to them. */
function typedWords({ arguments: [, ...words] }: Invocation): string[] {
  const taking = Object.values(optionSpecs).flatMap(({ flags }) => (flags.includes('<') ? flags.split(/[ ,]+/) : []));
  return words.filter((word, at) => !word.startsWith('-') && !taking.includes(words[at - 1] ?? ''));
}

async function recorded({ options, environment }: Invocation): Promise<readonly string[]> {
  return (await environment.machine()).state(options.stateDir).names('');
}

/** Anybody may ask for them; entering a namespace is the datapath's. */
async function interfaces(invocation: Invocation): Promise<Offer[]> {
  const names = async (): Promise<Offer[]> =>
    (await invocation.environment.openHost()).interfaces().map(({ name, addresses }): Offer => [name, addresses[0]]);
  return invocation.options.netns === undefined ? await names() : await withKernel(invocation, names);
}

interface Live {
  readonly tunnels: readonly Offer[];
  readonly services: readonly Offer[];
  readonly identities: Known['services'];
}

async function live(invocation: Invocation): Promise<Live> {
  return await withKernel(invocation, async ({ datapath, host }) => {
    const found = findInstance(datapath, invocation.options.instance);
    const rows = 'failed' in found ? undefined : readLive(datapath, found.value);
    if ('failed' in found || !rows) return { tunnels: [], services: [], identities: [] };
    const { topology } = ingest(found.value.instance, rows, knownInterfaces(host));
    const { appliedTopology } = await import('../applied-topology.ts');
    const labels = (await appliedTopology(invocation, found.value))?.services ?? [];
    const identities = topology.services.map(({ group, id }) => {
      const label = labels.find((one) => one.group === group && one.id === id)?.name;
      return { group, id, label };
    });
    return {
      tunnels: topology.tunnels.map(({ id }): Offer => [String(id)]),
      services: identities.map(({ group, id, label }): Offer => [`${group}/${id}`, label]),
      identities,
    };
  });
}
