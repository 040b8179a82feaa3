// A plan as a file: everything that is needed to execute exactly it, or to say what moved since. It holds keys, so the file is
// private. Its digest finds accidents and hands, not forgers: whoever may write the file may write the digest too.
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ConfiguredTable, HookKind } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import type { SavedHook, SavedPlan } from '../reconcile/moved.ts';
import { type Policy, policies } from '../reconcile/policy.ts';
import { tables } from '../tables/registry.ts';
import type { Rows } from '../tables/rows.ts';
import type { Source } from '../topology/document.ts';
import { type Commit, commitOf, type Who, whoOf } from './entry.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { type KeptKeys, keptKeysOf } from './keys.ts';

export interface PlanFile {
  readonly id: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly by: Who;
  readonly host: { readonly name: string; readonly bootId: string };
  readonly netnsInode: bigint;
  /** Of the files, when it was made. */
  readonly commit: Commit | undefined;
  readonly instance: string;
  readonly isEmpty: boolean;
  readonly hook: HookKind | 'auto';
  readonly policy: Policy;
  readonly epoch: bigint;
  readonly sources: readonly Source[];
  readonly keys: KeptKeys;
  readonly saved: SavedPlan;
  /** As it was shown: lines, and the fields of the JSON document. */
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const kind = 'SavedPlan';
const apiVersion = 'trueingress/v1';
const formatVersion = 1;

export function formatPlanFile(plan: PlanFile): string {
  const { saved, ...head } = plan;
  const body = {
    apiVersion,
    kind,
    formatVersion,
    ...head,
    saved: { ...saved, live: packedTables(saved.live), desired: packedTables(saved.desired) },
  };
  // Through text, so that the digest is of what a reader finds.
  const plain = JSON.parse(JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  return `${JSON.stringify({ ...plain, digest: digestOf(plain) }, undefined, 2)}\n`;
}

/** Whether a text could be meant as a saved plan at all: a topology given in its place gets better words. */
export function looksLikePlan(text: string): boolean {
  return /^\s*\{/.test(text) && text.includes(`"${kind}"`);
}

export function parsePlanFile(text: string, file: string): PlanFile | Problem {
  const broken = (message: string, at: number): Problem =>
    problem('plan-file', message, {
      place: placeIn(text, file, at),
      hint: 'make it again: `trueingress plan -f FILE -o PLAN`',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return broken('the saved plan is not whole: it is no JSON', faultOffset(text, error));
  }
  const fields = fieldsOf(value);
  if (fields.text('kind') !== kind || fields.text('apiVersion') !== apiVersion)
    return broken('this is no plan that was saved with `plan -o`', offsetOf(text, 'kind'));
  const version = fields.count('formatVersion');
  if (version > formatVersion)
    return broken(
      `the plan was saved by a newer trueingress (format ${version}, this one knows ${formatVersion})`,
      offsetOf(text, 'formatVersion'),
    );
  const { digest, ...rest } = value as { readonly digest?: unknown };
  if (digest !== digestOf(rest)) return broken('the plan was changed after it was saved', offsetOf(text, 'digest'));
  const plan = planOf(fields);
  const [fault] = fields.faults;
  return plan && fault === undefined
    ? plan
    : broken(`the saved plan lacks ${fault ?? 'rows of a table'}`, offsetOf(text, fault?.split('.').at(-1) ?? 'saved'));
}

function planOf(fields: Fields): PlanFile | undefined {
  const host = fields.object('host');
  const saved = savedOf(fields.object('saved'));
  return (
    saved && {
      id: fields.text('id'),
      madeAt: fields.text('madeAt'),
      by: whoOf(fields.object('by')),
      host: { name: host.text('name'), bootId: host.text('bootId') },
      netnsInode: fields.big('netnsInode'),
      commit: fields.has('commit') ? commitOf(fields.object('commit')) : undefined,
      instance: fields.text('instance'),
      isEmpty: fields.flag('isEmpty'),
      hook: fields.oneOf('hook', ['auto', 'tcx', 'clsact']),
      policy: fields.oneOf('policy', policies),
      epoch: fields.big('epoch'),
      sources: fields.list('sources').map((source) => ({
        file: source.text('file'),
        directory: source.text('directory'),
        text: source.text('text'),
      })),
      keys: keptKeysOf(fields.object('keys')),
      saved,
      text: fields.text('text'),
      fields: fields.plain('fields'),
    }
  );
}

function savedOf(fields: Fields): SavedPlan | undefined {
  const live = unpackedTables(fields.object('live'));
  const desired = unpackedTables(fields.object('desired'));
  return (
    live &&
    desired && {
      generation: fields.big('generation'),
      liveGeneration: fields.big('liveGeneration'),
      build: fields.text('build'),
      interfaces: fields.object('interfaces').countsByName(),
      hooks: fields.list('hooks').map(hookOf),
      steps: fields.texts('steps'),
      renewals: fields.texts('renewals'),
      live,
      desired,
    }
  );
}

function hookOf(fields: Fields): SavedHook {
  return {
    interfaceName: fields.text('interfaceName'),
    ifindex: fields.count('ifindex'),
    direction: fields.oneOf('direction', ['ingress', 'egress']),
    kind: fields.oneOf('kind', ['tcx', 'clsact']),
    programId: fields.count('programId'),
  };
}

type Tables = SavedPlan['live'];

function packedTables(rows: Tables) {
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      { count: rows[name].count, keys: packed(rows[name], 'keys'), values: packed(rows[name], 'values') },
    ]),
  );
}

function packed(rows: Rows, part: 'keys' | 'values'): string {
  const size = rows.count * (part === 'keys' ? rows.keySize : rows.valueSize);
  return deflateRawSync(rows[part].subarray(0, size), { level: 1 }).toString('base64');
}

/** undefined: a table is missing, or has rows of another size. */
function unpackedTables(fields: Fields): Tables | undefined {
  const all: Partial<Record<ConfiguredTable, Rows>> = {};
  for (const { name, key, value } of tables) {
    const table = fields.object(name);
    const count = table.count('count');
    const keys = unpacked(table.text('keys'), count * key.size);
    const values = unpacked(table.text('values'), count * value.size);
    if (!keys || !values) return undefined;
    all[name] = { keySize: key.size, valueSize: value.size, count, keys, values };
  }
  return all as Tables;
}

function unpacked(text: string, size: number): Uint8Array | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: size + 1 });
    return bytes.length === size ? Uint8Array.from(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(plain: object): string {
  return createHash('sha256').update(JSON.stringify(plain)).digest('hex');
}

function offsetOf(text: string, field: string): number {
  return Math.max(0, text.search(new RegExp(`"${field.replace(/[^\w-]/g, '.')}"\\s*:`)));
}

/** V8 says "at position 12", or nothing where the text ends too early. */
function faultOffset(text: string, error: unknown): number {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  return position === undefined ? text.length : Number(position);
}

function placeIn(text: string, file: string, offset: number) {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { file, line, column: offset - before.lastIndexOf('\n') };
}
