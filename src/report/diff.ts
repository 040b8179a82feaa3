// Two sides as a unified diff of their YAML. The only room that knows package diff; it is loaded when there is something to
// compare. Long texts are cut where both sides have the same service: finding the shortest diff of 100,000 services with
// 10,000 changes at once takes ten seconds and more, of 500 pieces half a second.
import type { StructuredPatchHunk } from 'diff';
import type { Side, Sides } from '../reconcile/sides.ts';
import type { Topology } from '../topology/topology.ts';
import { printTopology } from '../topology/write.ts';
import type { Style } from './style.ts';

const servicesPerPiece = 200;
/** In one piece; beyond, it is shown as replaced. */
const mostEdits = 5_000;

/** One side: its lines, and the line where each service begins, by `group/id`, in order. */
interface Text {
  readonly lines: readonly string[];
  readonly services: ReadonlyMap<string, number>;
}

/** From here to the next cut, or to the end. */
interface Cut {
  readonly before: number;
  readonly after: number;
}

/** Empty when the two are the same. */
export async function diffSides({ live, desired }: Sides, liveName: string, desiredName: string): Promise<string> {
  const before = live ? await textOf(live) : { lines: [], services: new Map<string, number>() };
  const after = await textOf(desired);
  const { structuredPatch, formatPatch, FILE_HEADERS_ONLY } = await import('diff');
  const cuts = cutsOf(before, after);
  const hunks = cuts.flatMap((cut, at) => {
    const next = cuts[at + 1];
    const out = textBetween(before, cut.before, next?.before);
    const into = textBetween(after, cut.after, next?.after);
    if (out === into) return [];
    const options = { context: 3, maxEditLength: mostEdits };
    const patch = structuredPatch('', '', out, into, undefined, undefined, options);
    return (patch?.hunks ?? [replacement(out, into)]).map((hunk) => moved(hunk, cut));
  });
  if (hunks.length === 0) return '';
  const names = { oldFileName: liveName, newFileName: desiredName, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...names, hunks }, FILE_HEADERS_ONLY);
}

/** Two texts as they are: of files that a person keeps, which are not long. */
export async function patchOf(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(before.name, after.name, before.text, after.text, undefined, undefined, options);
}

async function textOf({ topology, notes }: Side): Promise<Text> {
  const text = await printTopology(topology, { keys: 'show', header: notes });
  const lines = text.replace(/\n$/, '').split('\n');
  return { lines, services: serviceLines(lines, topology) };
}

/** Services come last and begin with their names; an interface with flags of its own begins so too. */
function serviceLines(lines: readonly string[], { services }: Topology): Text['services'] {
  const starts = lines.flatMap((line, at) => (line.startsWith('  - name:') ? [at] : []));
  const own = starts.slice(starts.length - services.length);
  return new Map(services.map(({ group, id }, at) => [`${group}/${id}`, own[at] ?? lines.length]));
}

/** Both sides are sorted alike, so that services which both have stand in the same order. */
function cutsOf(before: Text, after: Text): Cut[] {
  const cuts: Cut[] = [{ before: 0, after: 0 }];
  let passed = 0;
  for (const [identity, line] of before.services) {
    const other = after.services.get(identity);
    if (++passed < servicesPerPiece || other === undefined) continue;
    cuts.push({ before: line, after: other });
    passed = 0;
  }
  return cuts;
}

function textBetween({ lines }: Text, from: number, to: number | undefined): string {
  const part = lines.slice(from, to);
  return part.length ? `${part.join('\n')}\n` : '';
}

function moved(hunk: StructuredPatchHunk, cut: Cut): StructuredPatchHunk {
  return { ...hunk, oldStart: hunk.oldStart + cut.before, newStart: hunk.newStart + cut.after };
}

function replacement(out: string, into: string): StructuredPatchHunk {
  const [gone = [], come = []] = [out, into].map((text) => text.split('\n').slice(0, -1));
  const lines = [...gone.map((line) => `-${line}`), ...come.map((line) => `+${line}`)];
  return { oldStart: 1, oldLines: gone.length, newStart: 1, newLines: come.length, lines };
}

export function diffText(patch: string, style: Style): string {
  return patch
    .split('\n')
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return style.strong(line);
      if (line.startsWith('+')) return style.added(line);
      if (line.startsWith('-')) return style.removed(line);
      return line.startsWith('@@') ? style.faint(line) : line;
    })
    .join('\n');
}
