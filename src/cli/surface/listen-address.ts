// Where the daemon answers HTTP: this host alone, by a loopback address or a unix socket.
import { type Problem, problem } from '../../problem.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** sun_path of unix(7), with its end. */
const longestPath = 107;

/** Port 0: the kernel chooses one, which the log says. */
export function parseListen(text: string): ListenAddress | Problem {
  const refused = (reason: string): Problem =>
    problem('usage', `--listen ${text.slice(0, 60)}: ${reason}`, {
      hint: 'say 127.0.0.1:9464, [::1]:9464 or unix:/run/trueingress/metrics.sock; whoever is elsewhere comes through ssh or a proxy',
    });
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) return refused('not an absolute path');
    if (Buffer.byteLength(path) > longestPath) return refused(`longer than ${longestPath} bytes`);
    return { kind: 'unix', path };
  }
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(digits) > 65535) return refused('not an address with a port');
  if (!isLoopback(host)) return refused('not a loopback address; what is shown there is for this host alone');
  return { kind: 'tcp', host, port: Number(digits) };
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

export function formatListen(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
