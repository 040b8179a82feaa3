// Colours, or none. Knows nothing of what is coloured.

export interface Style {
  readonly added: (text: string) => string;
  readonly changed: (text: string) => string;
  readonly removed: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const asIs = (text: string): string => text;
const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;

export const plain: Style = { added: asIs, changed: asIs, removed: asIs, strong: asIs, faint: asIs };

/** ECMA-48 "select graphic rendition": green, yellow, red, bold, faint. */
export const coloured: Style = {
  added: sgr(32, 39),
  changed: sgr(33, 39),
  removed: sgr(31, 39),
  strong: sgr(1, 22),
  faint: sgr(2, 22),
};
