// HTTP server of a lab host. Usage: node server.mjs NAME IP:PORT…
//   GET /                      a page that names the server, its address and the client it saw
//   GET /bytes/N[?seconds=S]   N bytes that depend on nothing but N, spread over S seconds
import { createServer } from 'node:http';

const [name, ...endpoints] = process.argv.slice(2);
const piece = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
const bytesMax = 1 << 30;

const page = (request) =>
  `<h1>Hello from ${name}</h1>\n<p>served at ${request.socket.localAddress}:${request.socket.localPort}` +
  ` to ${request.socket.remoteAddress}</p>\n`;

async function sendBytes(response, total, seconds) {
  const pieces = Math.ceil(total / piece.length);
  const began = Date.now();
  response.writeHead(200, { 'content-length': total });
  for (let index = 0; index < pieces && !response.destroyed; index++) {
    const due = began + (seconds * 1000 * index) / pieces;
    if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()));
    const taken = response.write(piece.subarray(0, Math.min(piece.length, total - index * piece.length)));
    if (!taken) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

for (const endpoint of endpoints) {
  const [host, port] = endpoint.split(':');
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const total = Number(/^\/bytes\/(\d+)$/.exec(url.pathname)?.[1] ?? Number.NaN);
    if (total <= bytesMax) void sendBytes(response, total, Number(url.searchParams.get('seconds') ?? 0));
    else response.writeHead(200, { 'content-type': 'text/html', connection: 'close' }).end(page(request));
  }).listen(Number(port), host, () => console.log(`listening on ${endpoint}`));
}
