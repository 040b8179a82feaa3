// What is live and what is wanted as two topologies that can be laid side by side. Both are made from rows, so that they
// differ exactly where rows would be written, and where hooks or programs would.
import type { Hook } from '../datapath/port.ts';
import type { Topology } from '../topology/topology.ts';
import { type Ingested, type IngestedKeys, ingest, withKeys } from './ingest.ts';
import type { Plan } from './plan.ts';

export interface Side {
  readonly topology: Topology;
  /** What no field of a topology says: the programs' build, and what each hook runs. */
  readonly notes: readonly string[];
}

export interface Sides {
  /** undefined: nothing is live. */
  readonly live: Side | undefined;
  readonly desired: Side;
}

/** Keys are never shown: these stand for one that stays and one that comes. 16 bytes at most, as any key. */
const keptKey = '(sensitive)';
const newKey = '(another-key)';

export function sidesOf(plan: Plan, interfaceName: (ifindex: number) => string | undefined): Sides {
  const labels = new Map(plan.topology.services.map(({ group, id, name }) => [`${group}/${id}`, name]));
  const label = (group: number, id: number) => labels.get(`${group}/${id}`) ?? `service-${group}-${id}`;
  const live = ingest(plan.instance, plan.liveRows, interfaceName, label);
  const desired = ingest(plan.instance, plan.desired, interfaceName, label);
  const held = keysByHolder(live);
  const isSame = (key: Uint8Array, holder: string): boolean => Buffer.compare(held.get(holder) ?? noKey, key) === 0;
  const { slot } = plan.live;
  return {
    live: slot && {
      topology: withKeys(live, () => padded(keptKey)),
      notes: [
        `programs ${short(slot.meta.buildDigest)}`,
        ...faultsOf(plan),
        ...plan.observation.hooks.map((hook) => hookNote(hook, slot.name)).sort(),
      ],
    },
    desired: {
      topology: withKeys(desired, (key, kind, at) =>
        padded(isSame(key, holderOf(desired, kind, at)) ? keptKey : newKey),
      ),
      notes: [
        `programs ${short(plan.stages ? plan.buildDigest : (slot?.meta.buildDigest ?? plan.buildDigest))}`,
        ...desiredHooks(plan).map(hookLine).sort(),
      ],
    },
  };
}

const noKey = new Uint8Array(0);

/** A service or tunnel is found again by what it is, not by its place in a list. */
function holderOf({ topology }: Ingested, kind: keyof IngestedKeys, at: number): string {
  if (kind === 'signing') return `signing ${topology.tunnels[at]?.id}`;
  return `${kind} ${topology.services[at]?.group}/${topology.services[at]?.id}`;
}

function keysByHolder(side: Ingested): ReadonlyMap<string, Uint8Array | undefined> {
  const kinds = ['services', 'previous', 'signing'] as const;
  return new Map(kinds.flatMap((kind) => side.keys[kind].map((key, at) => [holderOf(side, kind, at), key] as const)));
}

function padded(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(Buffer.from(text));
  return bytes;
}

/** What an apply would mend although no field differs: a diff that says "different" shows in what. */
function faultsOf({ renewals, repairsPins, marksLived }: Plan): string[] {
  return [
    ...(renewals.includes('drift') ? ['rows edited by hand'] : []),
    ...(renewals.includes('incomplete') ? ['a program is lost with its pin'] : []),
    ...(repairsPins ? ['pins are missing'] : []),
    ...(marksLived ? ['not marked as having run: the apply was cut off'] : []),
  ];
}

/** The hooks there will be: what is now, less what is taken off, and what is put on. */
function desiredHooks(plan: Plan): Pick<Hook, 'interfaceName' | 'direction' | 'kind'>[] {
  const gone = new Set(plan.hooks.flatMap((step) => (step.action === 'detach' ? [step.hook] : [])));
  return [
    ...plan.observation.hooks.filter((hook) => !gone.has(hook)),
    ...plan.hooks.flatMap((step) => (step.action === 'attach' ? [step.target] : [])),
  ];
}

function hookLine({ interfaceName, direction, kind }: Pick<Hook, 'interfaceName' | 'direction' | 'kind'>): string {
  return `attached: ${interfaceName} ${direction} (${kind})`;
}

function hookNote(hook: Hook, live: string): string {
  return hook.slot === live ? hookLine(hook) : `${hookLine(hook)}, runs another generation`;
}

function short(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex').slice(0, 12);
}
