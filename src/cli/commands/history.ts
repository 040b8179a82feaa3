// history: what ran here, one generation of it, what differs between two. Reads only.
import type { Entry } from '../../history/entry.ts';
import { codeOf } from '../../history/files.ts';
import { type Entries, readEntries } from '../../history/history.ts';
import type { Shelf } from '../../history/shelf.ts';
import { type Problem, problem } from '../../problem.ts';
import { diffSides, diffText } from '../../report/diff.ts';
import { type EntryView, entriesFields, entriesText, generationFields, generationText } from '../../report/history.ts';
import { createKeyDigest } from '../../topology/key-digest.ts';
import type { Topology } from '../../topology/topology.ts';
import { printTopology } from '../../topology/write.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { whoText } from '../confirmation.ts';
import { exitCodes } from '../exit.ts';
import { instanceKnown } from '../instance.ts';
import { withKernel } from '../kernel.ts';
import { historyLost, shelfOf } from '../recording.ts';
import { desiredAgain } from '../stage-again.ts';
import { nowMs } from '../wall-clock.ts';

interface Seen extends Entries {
  readonly shelf: Shelf;
  /** undefined: nothing runs. */
  readonly live: number | undefined;
}

export async function run(invocation: Invocation): Promise<Answer> {
  const [action = 'list', text] = invocation.arguments;
  const atMs = nowMs(invocation.environment);
  const seen = await look(invocation);
  if ('failed' in seen) return failure(seen.failed);
  if (action === 'list') return listOf(seen.value, atMs);
  const numbers = generationsIn(text ?? '', action);
  if ('code' in numbers) return failure([numbers]);
  const [first = 0, second = first] = numbers;
  return action === 'show' ? await showOne(seen.value, first, atMs) : await diffTwo(seen.value, first, second);
}

async function look(invocation: Invocation): Promise<Attempt<Seen>> {
  return await withKernel(invocation, async (kernel): Promise<Attempt<Seen>> => {
    const known = await instanceKnown(invocation, kernel);
    if ('failed' in known) return known;
    const shelf = await shelfOf(invocation, known.value);
    const { hooks, slots } = kernel.datapath.observe(known.value);
    const name = hooks.find(({ slot }) => slot !== undefined)?.slot;
    const live = name && slots[name]?.meta.generation;
    try {
      const value = { shelf, live: live === undefined ? undefined : Number(live), ...readEntries(shelf) };
      return { value, problems: [] };
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return { failed: [{ ...historyLost(shelf, error), severity: 'error' }] };
    }
  });
}

/** `12`, and `11..12` for a difference. */
function generationsIn(text: string, action: string): readonly number[] | Problem {
  const wanted = action === 'diff' ? /^(\d{1,15})\.\.(\d{1,15})$/ : /^(\d{1,15})$/;
  const match = wanted.exec(text);
  if (match) return match.slice(1).map(Number);
  const example = action === 'diff' ? 'history diff 11..12' : 'history show 12';
  const message = text ? `"${text.slice(0, 60)}" names no generation` : 'no generation was named';
  return problem('usage', message, { hint: `like this: trueingress ${example}` });
}

function listOf({ shelf, entries, unreadable, live }: Seen, atMs: number): Answer {
  const views = viewsOf(entries, live);
  return {
    kind: 'History',
    exitCode: exitCodes.done,
    problems: brokenIn(shelf, unreadable),
    fields: () => entriesFields(shelf.instance, views),
    text: (style) => entriesText(shelf.instance, views, atMs, style),
  };
}

/** Of several entries of the live generation the newest tells since when. */
function viewsOf(entries: readonly Entry[], live: number | undefined): EntryView[] {
  const newest = entries.find(({ generation, result }) => generation === live && result === 'applied');
  return entries.map((entry) => ({ entry, isLive: entry === newest, by: whoText(entry.by) }));
}

function brokenIn({ files }: Shelf, unreadable: readonly string[]): Problem[] {
  const hint = 'nothing depends on it; remove the file to be rid of the warning';
  return unreadable.map((path) =>
    problem(
      'history-lost',
      `${files.root}/${path} is broken or of a newer version, and passed over`,
      { hint },
      'warning',
    ),
  );
}

async function showOne({ shelf, entries, unreadable, live }: Seen, generation: number, atMs: number): Promise<Answer> {
  const own = viewsOf(entries, live).filter(({ entry }) => entry.generation === generation);
  const read = await desiredAgain(shelf, generation);
  if ('failed' in read && own.length === 0) return failure(read.failed);
  const text = 'failed' in read ? undefined : await printTopology(hidden(read.value.topology), { keys: 'show' });
  const lost = 'failed' in read ? read.failed.map((one) => ({ ...one, severity: 'warning' as const })) : [];
  return {
    kind: 'Generation',
    exitCode: exitCodes.done,
    problems: [...brokenIn(shelf, unreadable), ...lost],
    fields: () => ({ ...generationFields(shelf.instance, generation, own), topology: text ?? null }),
    text: (style) => generationText(shelf.instance, generation, own, text, atMs, style),
  };
}

/** Also where a key is taken from elsewhere: only that it is one, since a path may be what a key is found by. */
function hidden(topology: Topology): Topology {
  return withEachKey(topology, () => '(sensitive)');
}

async function diffTwo({ shelf }: Seen, before: number, after: number): Promise<Answer> {
  const [first, second] = [await desiredAgain(shelf, before), await desiredAgain(shelf, after)];
  const failed = [first, second].flatMap((one) => ('failed' in one ? one.failed : []));
  if ('failed' in first || 'failed' in second) return failure(failed);
  const digest = createKeyDigest();
  const [live, desired] = [first.value, second.value].map(({ topology, keys }) => ({
    topology: withEachKey(topology, (kind, at) => {
      const key = keys[kind][at];
      return key instanceof Uint8Array ? digest(key) : 'keep';
    }),
    notes: [],
  }));
  if (!live || !desired) return failure(failed);
  const patch = await diffSides({ live, desired }, `generation ${before}`, `generation ${after}`);
  return {
    kind: 'Diff',
    exitCode: patch ? exitCodes.different : exitCodes.done,
    problems: [],
    fields: () => ({ instance: shelf.instance, different: patch !== '', diff: patch }),
    text: (style) => diffText(patch, style),
  };
}

type KeyKind = 'services' | 'previous' | 'signing';

/** Every key replaced by a text that may be shown. */
function withEachKey(topology: Topology, textOf: (kind: KeyKind, at: number) => string): Topology {
  const shown = (kind: KeyKind, at: number) => {
    const bytes = new Uint8Array(16);
    bytes.set(Buffer.from(textOf(kind, at)).subarray(0, 16));
    return { kind: 'bytes', bytes } as const;
  };
  return {
    ...topology,
    services: topology.services.map((one, at) => ({
      ...one,
      key: shown('services', at),
      previousKey: one.previousKey === 'none' ? one.previousKey : shown('previous', at),
    })),
    tunnels: topology.tunnels.map((one, at) => ({
      ...one,
      sign: one.sign === 'none' ? one.sign : { ...one.sign, key: shown('signing', at) },
    })),
  };
}
