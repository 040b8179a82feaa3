// A flat list of events becomes a tree that can be walked: where each node ends, what each alias stands for.
// It also refuses texts whose aliases unfold into far more than was written (alias bombs), before anybody unfolds them.
import { type Event, eventKinds } from './parse.ts';

export interface Tree {
  readonly next: Int32Array;
  readonly targets: ReadonlyMap<number, number>;
  /** An alias that stands for what contains it, or the alias with which the text grew too large. */
  readonly badAlias?: { readonly node: number; readonly kind: 'recursive' | 'too-many' };
}

/** Aliases may unfold to this many times the nodes that were written, and to `freeNodes` in any case. */
const growth = 10;
const freeNodes = 10_000;

interface Open {
  readonly node: number;
  readonly anchor: string | undefined;
  size: number;
}

interface Anchor {
  readonly node: number;
  /** Nodes below and including it when unfolded; undefined while it is open. */
  size: number | undefined;
}

/** `events` are those of one document, from its opening to its closing event. */
export function buildTree(events: readonly Event[], text: string): Tree {
  const next = new Int32Array(events.length);
  const targets = new Map<number, number>();
  const anchors = new Map<string, Anchor>();
  const open: Open[] = [];
  const limit = growth * events.length + freeNodes;

  const anchorOf = (event: Event) =>
    'anchorStart' in event && event.anchorStart >= 0 ? text.slice(event.anchorStart, event.anchorEnd) : undefined;
  const grow = (size: number) => {
    const parent = open[open.length - 1];
    if (parent) parent.size += size;
    return (parent?.size ?? 0) <= limit;
  };

  for (let node = 0; node < events.length; node++) {
    const event = events[node];
    if (!event) break;
    next[node] = node + 1;
    switch (event.type) {
      case eventKinds.POP: {
        const closed = open.pop();
        if (!closed) break;
        next[closed.node] = node + 1;
        const anchor = closed.anchor === undefined ? undefined : anchors.get(closed.anchor);
        // An anchor of the same name further in has taken the name over.
        if (anchor?.node === closed.node) anchor.size = closed.size;
        if (!grow(closed.size)) return { next, targets, badAlias: { node: closed.node, kind: 'too-many' } };
        break;
      }
      case eventKinds.ALIAS: {
        const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
        if (!target) break; // unknown: constructing the values says so
        if (target.size === undefined) return { next, targets, badAlias: { node, kind: 'recursive' } };
        targets.set(node, target.node);
        if (!grow(target.size)) return { next, targets, badAlias: { node, kind: 'too-many' } };
        break;
      }
      case eventKinds.SCALAR: {
        const anchor = anchorOf(event);
        if (anchor !== undefined) anchors.set(anchor, { node, size: 1 });
        grow(1);
        break;
      }
      default: {
        const anchor = event.type === eventKinds.DOCUMENT ? undefined : anchorOf(event);
        if (anchor !== undefined) anchors.set(anchor, { node, size: undefined });
        open.push({ node, anchor, size: 1 });
      }
    }
  }
  return { next, targets };
}
