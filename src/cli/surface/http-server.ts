// The daemon's HTTP server: pages by path, within bounds of time, size and number. It knows nothing of what a page says.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problem, Refusal } from '../../problem.ts';
import { formatListen, type ListenAddress } from './listen-address.ts';
import { closed, listenAt, listening, whoIsAt } from './sockets.ts';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export type Pages = Readonly<Record<string, () => Promise<Page>>>;

export interface HttpServer {
  /** With the port that the kernel chose. */
  readonly address: ListenAddress;
  close(): Promise<void>;
}

const bounds = {
  /** Whoever has not sent a whole request by then is cut off. */
  requestMs: 5000,
  /** Nor is one waited for who takes nothing of the answer for so long. */
  silentMs: 10_000,
  headerBytes: 8192,
  connections: 32,
  /** Group and owner; who else may read is for the directory to say. */
  socketMode: 0o660,
} as const;

/** Throws Refusal `listen-refused`. */
export async function openHttpServer(address: ListenAddress, pages: Pages): Promise<HttpServer> {
  const server = createServer({
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.requestMs,
    requestTimeout: bounds.requestMs,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: bounds.silentMs,
  });
  server.maxConnections = bounds.connections;
  server.setTimeout(bounds.silentMs);
  server.on('request', (request, response) => void answer(pages, request, response));
  try {
    return address.kind === 'unix' ? await atPath(server, address.path) : await atPort(server, address);
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof Error && 'syscall' in error)) throw error;
    throw refused(address, error.message);
  }
}

async function atPath(server: Server, path: string): Promise<HttpServer> {
  const address = { kind: 'unix', path } as const;
  const found = await whoIsAt(path);
  if (found !== 'free') throw refused(address, found === 'taken' ? 'another server answers there' : 'a file is there');
  const named = await listenAt(server, path, bounds.socketMode);
  return {
    address,
    async close() {
      server.closeAllConnections();
      await named.close();
    },
  };
}

async function atPort(server: Server, { host, port }: Extract<ListenAddress, { kind: 'tcp' }>): Promise<HttpServer> {
  await listening(server, () => server.listen({ host, port, exclusive: true }));
  return {
    address: { kind: 'tcp', host, port: (server.address() as AddressInfo).port },
    async close() {
      server.closeAllConnections();
      await closed(server);
    },
  };
}

function refused(address: ListenAddress, reason: string): Refusal {
  return new Refusal(
    problem('listen-refused', `--listen ${formatListen(address)}: ${reason}`, {
      hint: 'name another address, or end who listens there (`ss -lxtp` tells)',
    }),
  );
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const page = await pageFor(pages, request);
  // Nobody here takes a body: who sends one is not waited for.
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(page.status === 405 && { allow: 'GET, HEAD' }),
    ...(hasBody && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : page.body, () => {
    if (hasBody) request.destroy();
  });
}

async function pageFor(pages: Pages, { method, url = '' }: IncomingMessage): Promise<Page> {
  const path = url.replace(/\?.*$/s, '');
  const make = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!make) return textPage(404, `there are ${Object.keys(pages).join(', ')}\n`);
  if (method !== 'GET' && method !== 'HEAD') return textPage(405, 'pages here are only read: GET\n');
  try {
    return await make();
  } catch (error) {
    return textPage(500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

export function textPage(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}
