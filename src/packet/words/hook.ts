// Where a packet is, in words: `eth0 egress`, `eth0:egress`, `egress`, `eth0 egress entered eth1`, `eth0 egress entered local`.
import { type Scanner, scan, unexpected } from './scan.ts';
import type { WordsFault } from './words.ts';

export interface HookWords {
  /** undefined: whichever it takes. */
  readonly interface: string | undefined;
  readonly direction: 'ingress' | 'egress';
  /** At egress, where it entered the host: an interface, 'local' for the host's own; undefined: nobody said. */
  readonly entered: string | undefined;
}

// No interface has a colon in its name (dev_valid_name of the kernel).
const words = /[^\s:]+|:/g;
const directions = ['ingress', 'egress'] as const;

export function parseHook(text: string): HookWords | WordsFault {
  return scan(text, hookIn, words);
}

function hookIn(scanner: Scanner): HookWords {
  const isDirection = directions.some((one) => one === scanner.peek().text);
  const name = isDirection ? undefined : scanner.word(nameIn, 'an interface and "ingress" or "egress"');
  if (name !== undefined && scanner.peek().text === ':') scanner.oneOf([':']);
  const direction = scanner.oneOf(directions);
  const next = scanner.peek();
  if (next.text === '') return { interface: name, direction, entered: undefined };
  scanner.oneOf(['entered'], 'nothing more, or "entered" and an interface');
  if (direction === 'ingress') unexpected(next, 'nothing more: what is at ingress enters there');
  return { interface: name, direction, entered: scanner.word(nameIn, 'an interface, or "local"') };
}

function nameIn(text: string): string | undefined {
  return text === '' || text === ':' ? undefined : text;
}

export function formatHook({ interface: name, direction, entered }: HookWords): string {
  const words = name === undefined ? [direction] : [name, direction];
  return [...words, ...(entered === undefined ? [] : ['entered', entered])].join(' ');
}
