// Bytes that depend on nothing but their number, written to a stream as it takes them, spread over some seconds.
const piece = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));

export async function sendBytes(stream, total, seconds) {
  const pieces = Math.ceil(total / piece.length);
  const began = Date.now();
  for (let index = 0; index < pieces && !stream.destroyed; index++) {
    const due = began + (seconds * 1000 * index) / pieces;
    if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()));
    const taken = stream.write(piece.subarray(0, Math.min(piece.length, total - index * piece.length)));
    if (!taken) await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve));
  }
  stream.end();
}
