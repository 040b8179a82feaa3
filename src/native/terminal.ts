// How large a terminal is.
import { attempt, libc } from './libc.ts';

/** TIOCGWINSZ; struct winsize: u16 rows, columns, and two of pixels. */
const askSize = 0x5413;
const usual = { rows: 24, columns: 80 } as const;

/** Asked anew each time, since people change it. What does not know itself is as large as terminals always were. */
export function terminalSize(descriptor: number): { readonly rows: number; readonly columns: number } {
  const bytes = new Uint8Array(8);
  if (attempt(() => libc.control(descriptor, askSize, bytes)) < 0) return usual;
  const view = new DataView(bytes.buffer);
  return { rows: view.getUint16(0, true) || usual.rows, columns: view.getUint16(2, true) || usual.columns };
}
