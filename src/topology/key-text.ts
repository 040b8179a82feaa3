// The grammar of a key as text, the same inline, in a key file and in an environment variable.
// What is wrong is said without the text: a key never appears in a problem.

export const keyBytes = 16;

export type KeyFault = 'key-empty' | 'key-too-long' | 'key-encoding';
export type KeyText =
  | Uint8Array
  | 'keep'
  | { readonly fault: KeyFault; readonly message: string; readonly hint: string };

const encoder = new TextEncoder();
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** `keep`, `base64:…`, `hex:…`, or plain text; up to 16 bytes, filled up with zeros. One newline at the end is not part of it. */
export function parseKeyText(written: string): KeyText {
  const text = written.replace(/\r?\n$/, '');
  if (text === 'keep') return 'keep';
  if (text.startsWith('hex:')) return parseHex(text.slice(4));
  if (text.startsWith('base64:')) return parseBase64(text.slice(7));
  return literalKey(text);
}

/** Plain text with no prefix meaning anything. */
export function literalKey(text: string): KeyText {
  return padded(encoder.encode(text));
}

function parseHex(digits: string): KeyText {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits))
    return fault('key-encoding', 'is not hexadecimal after hex:', 'write two digits, 0-9 and a-f, for each byte');
  return padded(Uint8Array.from(Buffer.from(digits, 'hex')));
}

function parseBase64(text: string): KeyText {
  if (!base64.test(text))
    return fault('key-encoding', 'is not base64 after base64:', 'make one with: head -c 16 /dev/urandom | base64');
  return padded(Uint8Array.from(Buffer.from(text, 'base64')));
}

function padded(bytes: Uint8Array): KeyText {
  if (bytes.length === 0) return fault('key-empty', 'is empty', `give up to ${keyBytes} bytes`);
  if (bytes.length > keyBytes)
    return fault(
      'key-too-long',
      `is ${bytes.length} bytes long, at most ${keyBytes} are possible`,
      'base64:… and hex:… take bytes rather than characters',
    );
  const key = new Uint8Array(keyBytes);
  key.set(bytes);
  return key;
}

function fault(code: KeyFault, message: string, hint: string): KeyText {
  return { fault: code, message, hint };
}
