// One TCP connection that is full both ways at once. Each end says in one line of JSON what it sent and what it received, with
// SHA-256 of both, computed as the bytes go by; the receiver's must be the far sender's.
//   node tcp-stream.mjs listen|connect IP:PORT BYTES SECONDS BYTES_PER_SECOND [LOCAL_ADDRESS]
// Sends at least BYTES, no faster than told (0: as fast as it goes), and goes on until SIGTERM says that it is enough, but no longer than SECONDS. Prints "sent N" now and
// then, so that others can keep step with it.
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

const [role, endpoint, bytesText, secondsText, rateText, localAddress] = process.argv.slice(2);
const wanted = Number(bytesText);
const bytesPerSecond = Number(rateText) || Number.POSITIVE_INFINITY;
const [, host, portText] = /^\[?(.*?)\]?:(\d+)$/.exec(endpoint);
const port = Number(portText);

const pieceBytes = 1 << 18;
// No piece is like another: its number and its sender's role stand at its beginning.
const piece = Buffer.from(Uint8Array.from({ length: pieceBytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
const tellEvery = Math.max(pieceBytes, Math.floor(wanted / 200));

piece.write(role, 8);

let enough = false;
process.once('SIGTERM', () => {
  enough = true;
});
setTimeout(() => finish({ error: 'TIMEOUT' }), Number(secondsText) * 1000);

const began = Date.now();
const sent = { bytes: 0, hash: createHash('sha256') };
const received = { bytes: 0, hash: createHash('sha256') };

function finish(result) {
  process.stdout.write(`${JSON.stringify({ ...result, milliseconds: Date.now() - began })}\n`, () => process.exit(0));
}

async function send(socket) {
  let told = 0;
  for (let number = 0n; sent.bytes < wanted || !enough; number++) {
    piece.writeBigUInt64LE(number);
    sent.hash.update(piece);
    // The buffer is used again, so it must have left: the callback comes when the kernel has it.
    await new Promise((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())));
    sent.bytes += piece.length;
    const early = (sent.bytes * 1000) / bytesPerSecond - (Date.now() - began);
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    if (sent.bytes - told < tellEvery) continue;
    told = sent.bytes;
    process.stdout.write(`sent ${told}\n`);
  }
  socket.end();
}

async function receive(socket) {
  socket.on('data', (chunk) => {
    received.bytes += chunk.length;
    received.hash.update(chunk);
  });
  // Not `for await`, which destroys the socket at the end of what it reads, while we still write.
  await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
}

async function exchange(socket) {
  try {
    await Promise.all([send(socket), receive(socket)]);
    const of = ({ bytes, hash }) => ({ bytes, sha256: hash.digest('hex') });
    finish({ sent: of(sent), received: of(received) });
  } catch (error) {
    finish({ error: error.code ?? error.message });
  }
}

if (role === 'listen') {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close();
    void exchange(socket);
  }).listen(port, host, () => console.log('ready'));
} else {
  const socket = connect({ host, port, localAddress, allowHalfOpen: true }, () => void exchange(socket));
  socket.on('error', (error) => finish({ error: error.code ?? error.message }));
}
