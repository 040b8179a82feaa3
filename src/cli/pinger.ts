// Sends pings through sockets of the environment. The sockets are bound to the tunnels' local endpoints: a NAT on the way must
// see the port that the tunnel's own packets have. They receive nothing: the programs see GUE first.
import { formatEndpoint } from '../net/endpoint.ts';
import { type Problem, problem } from '../problem.ts';
import { byLocal, type Ping } from '../reconcile/pings.ts';
import type { Environment, UdpSocket } from './environment.ts';

export interface Sent {
  readonly sent: readonly Ping[];
  readonly problems: readonly Problem[];
}

/** One round. What cannot be sent is a problem, and the others are sent all the same. */
export async function sendPings(pings: readonly Ping[], environment: Environment): Promise<Sent> {
  const sent: Ping[] = [];
  const problems: Problem[] = [];
  for (const [local, group] of byLocal(pings)) {
    const first = group[0];
    if (!first) continue;
    let socket: UdpSocket;
    try {
      socket = await environment.openUdp(first.from.ip, first.from.port);
    } catch (error) {
      problems.push(bindProblem(local, group, error));
      continue;
    }
    try {
      for (const ping of group) {
        const fault = await sendOne(socket, ping);
        if (fault) problems.push(fault);
        else sent.push(ping);
      }
    } finally {
      socket.close();
    }
  }
  return { sent, problems };
}

async function sendOne(socket: UdpSocket, { payload, to, tunnel }: Ping): Promise<Problem | undefined> {
  try {
    await socket.send(payload, to.ip, to.port);
    return undefined;
  } catch (error) {
    return problem(
      'kernel-refused',
      `no ping for tunnel ${tunnel}: sending to ${formatEndpoint(to)} failed: ${errnoOf(error)}`,
      {
        hint: `\`ip route get ${to.ip}\` tells how the kernel would reach it`,
      },
    );
  }
}

function bindProblem(local: string, group: readonly Ping[], error: unknown): Problem {
  const tunnels = group.map(({ tunnel }) => tunnel).join(', ');
  const what = `no ping for tunnel ${tunnels}: binding ${local} failed: `;
  const code = errnoOf(error);
  if (code === 'EADDRINUSE')
    return problem('endpoint-in-use', `${what}another program has this port`, {
      hint: 'stop what listens there: `ss -ulnp` names it',
    });
  if (code === 'EADDRNOTAVAIL')
    return problem('kernel-refused', `${what}it is not an address of this host`, {
      hint: "the tunnel's `local` on a node is the node's own address, as it is before any NAT",
    });
  return problem('kernel-refused', `${what}${code}`);
}

/** Throws what is no answer of the kernel. */
function errnoOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}
