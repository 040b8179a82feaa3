// History as text and as data: entries in columns, one generation with what it was made from.
import type { Entry } from '../history/entry.ts';
import { columnsOf } from './columns.ts';
import type { Style } from './style.ts';
import { counted, formatMs, whenText } from './words.ts';

export interface EntryView {
  readonly entry: Entry;
  readonly isLive: boolean;
  /** Who it was, in words. */
  readonly by: string;
}

/** Newest first. @param nowMs CLOCK_REALTIME */
export function entriesText(instance: string, views: readonly EntryView[], nowMs: number, style: Style): string {
  if (views.length === 0) return `No history of ${instance}: nothing was applied yet, or it was lost.\n`;
  return columnsOf(
    views.map(({ entry, isLive, by }) => ({
      '': isLive ? '>' : '',
      generation: entry.generation ? entry.generation : '-',
      time: whenText(Date.parse(entry.time), nowMs),
      by: entry.byDaemon ? 'daemon' : by,
      what: whatText(entry),
      changes: changesText(entry),
      source: entry.sourceDigest.slice(0, 12) || '-',
      commit: commitText(entry),
      file: entry.sources.map(({ file }) => file).join(' ') || '-',
    })),
    style,
  );
}

/** `apply`, `apply upsert-only`, `revert to 3`, `taken back: 5`. */
function whatText({ kind, of, result, generation, sources, policy }: Entry): string {
  const ended = result === 'applied' ? '' : result === 'stuck' ? ', stuck' : ', switched back';
  switch (kind) {
    case 'apply':
      return `apply${policy === undefined ? '' : ` ${policy}`}${ended}`;
    case 'revert':
      return `${sources.length > 0 ? `revert to ${of}` : `revert of ${of}`}${ended}`;
    case 'unconfirmed':
      return `${of} not confirmed${generation ? '' : ', removed'}`;
    default:
      return kind satisfies never;
  }
}

function changesText({ counts }: Entry): string {
  return `+${counts.add} ~${counts.change} -${counts.delete}`;
}

function commitText({ commit }: Entry): string {
  return commit ? `${commit.id.slice(0, 10)}${commit.dirty ? '+' : ''}` : '-';
}

export function entriesFields(instance: string, views: readonly EntryView[]): Record<string, unknown> {
  return { instance, entries: views.map(entryFields) };
}

export function entryFields({ entry, isLive }: EntryView): Record<string, unknown> {
  const { number, generation, kind, of, time, by, result, counts, sources, sourceDigest, buildDigest } = entry;
  return {
    number,
    generation,
    live: isLive,
    kind,
    of: of ?? null,
    time,
    by,
    daemon: entry.byDaemon,
    result,
    counts,
    summary: entry.summary,
    sources: sources.map(({ file, digest }) => ({ file, digest })),
    sourceDigest,
    buildDigest,
    commit: entry.commit ?? null,
    plan: entry.planId ?? null,
    confirmWithinMs: entry.confirmWithinMs ?? null,
    policy: entry.policy ?? null,
  };
}

export function generationFields(instance: string, generation: number, views: readonly EntryView[]) {
  return { instance, generation, entries: views.map(entryFields) };
}

/** @param topology undefined: it is lost */
export function generationText(
  instance: string,
  generation: number,
  views: readonly EntryView[],
  topology: string | undefined,
  nowMs: number,
  style: Style,
): string {
  const blocks = views.map(({ entry, isLive, by }) => {
    const lines: (readonly [string, string])[] = [
      [whatText(entry), `${whenText(Date.parse(entry.time), nowMs)}${isLive ? ', live' : ''}`],
      ['by', entry.byDaemon ? `the daemon, as ${entry.by.user}` : `${by}, from ${entry.by.parent || 'nobody known'}`],
      ['changes', `${entry.counts.add} added, ${entry.counts.change} changed, ${entry.counts.delete} deleted`],
      ['programs', entry.buildDigest.slice(0, 12)],
      ...entry.sources.map(({ file, digest }) => ['file', `${file} (${digest.slice(0, 12)})`] as const),
      ...(entry.commit
        ? [['commit', `${entry.commit.id}${entry.commit.dirty ? ', and changes that are not in it' : ''}`] as const]
        : []),
      ...(entry.planId ? [['plan', entry.planId] as const] : []),
      ...(entry.confirmWithinMs ? [['confirm', `within ${formatMs(entry.confirmWithinMs)}`] as const] : []),
    ];
    const head = lines.map(([name, text]) => `  ${name.padEnd(10)}  ${text}\n`).join('');
    return entry.summary ? `${head}\n${entry.summary}` : head;
  });
  const head = `${style.strong(`${instance} generation ${generation}`)}, ${counted(views.length, 'time')} live\n`;
  return [head + blocks.join('\n'), ...(topology === undefined ? [] : [topology])].join('\n');
}
