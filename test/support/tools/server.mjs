// HTTP server of a lab host. Usage: node server.mjs NAME IP:PORT…   [IP]:PORT for IPv6
//   GET /                      a page that names the server, its address and the client it saw
//   GET /bytes/N[?seconds=S]   N bytes that depend on nothing but N, spread over S seconds
//   PUT /                      what arrived: its bytes and their SHA-256, as JSON
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { sendBytes } from './bytes.mjs';

const [name, ...endpoints] = process.argv.slice(2);
const bytesMax = 1 << 30;

const page = (request) =>
  `<h1>Hello from ${name}</h1>\n<p>served at ${request.socket.localAddress}:${request.socket.localPort}` +
  ` to ${request.socket.remoteAddress}</p>\n`;

async function receiveBytes(request, response) {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }));
}

for (const endpoint of endpoints) {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(endpoint);
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const total = Number(/^\/bytes\/(\d+)$/.exec(url.pathname)?.[1] ?? Number.NaN);
    if (request.method === 'PUT') void receiveBytes(request, response).catch(() => response.destroy());
    else if (total <= bytesMax) {
      response.writeHead(200, { 'content-length': total });
      void sendBytes(response, total, Number(url.searchParams.get('seconds') ?? 0));
    } else response.writeHead(200, { 'content-type': 'text/html', connection: 'close' }).end(page(request));
  }).listen(Number(port), host, () => console.log(`listening on ${endpoint}`));
}
