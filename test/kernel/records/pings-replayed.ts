// The sequence of a signed ping is taken once: not again, not late, not from before the tunnel was made.
import { formatEndpoint } from '../../../src/net/endpoint.ts';
import { gueSignedPing } from '../../../src/packet/gue.ts';
import { tunnelEnds } from './families.ts';
import { knows } from './pings.ts';
import type { Moment, PacketRecord } from './record.ts';
import { epoch, key, peerRow, service, tunnelId } from './scene.ts';
import { from, isStatic, learnedNow, payload, ping, rows, second, signKey, timed, unlearned } from './signing.ts';

const { node, stranger } = tunnelEnds[4];

const heardBefore = (moment: Moment, ahead: bigint, verdict: PacketRecord['verdict'] = 'ping-accepted') =>
  [{ hook: 'ingress', packet: from(payload(moment, { ahead })), verdict }] as const;
export const pingsReplayed: readonly PacketRecord[] = [
  learnedNow('a clock that is a minute late is late enough', { ahead: -55n * second }),
  learnedNow('a clock that is a minute ahead is not too far', { ahead: 55n * second }),
  timed('the same ping again is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    before: heardBefore(moment, 0n),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, heard: false }),
  })),
  timed('the same ping again from elsewhere does not move the remote', 'ping-replayed', (moment) => ({
    packet: from(payload(moment), stranger),
    before: heardBefore(moment, 0n),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, heard: false }),
  })),
  timed('a ping that was overtaken is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    before: heardBefore(moment, second),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs + second, heard: false }),
  })),
  unlearned('a ping that is too old is refused', 'ping-replayed', { ahead: -105n * second }),
  unlearned('a ping from the future is refused', 'ping-replayed', { ahead: 100n * second }),
  unlearned(
    'a ping of the beginning of time is refused',
    'ping-replayed',
    {},
    {
      now: () => ({ packet: from(gueSignedPing(service, tunnelId, 8n, signKey)) }),
    },
  ),
  unlearned(
    'a ping of the end of time is refused',
    'ping-replayed',
    {},
    {
      now: () => ({ packet: from(gueSignedPing(service, tunnelId, (1n << 64n) - 1n, signKey)) }),
    },
  ),
  timed('a ping from before the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs + second }),
    peers: [],
  })),
  timed('a ping from when the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs }),
    peers: [],
  })),
  timed('a ping from just after the tunnel was made is taken', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs - 1n }),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, epoch: moment.wallNs - 1n }),
  })),
  timed('a tunnel that was made anew does not inherit a sequence', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({ peer: [peerRow(stranger, { epoch: epoch - 1n, sequence: moment.wallNs + second })] }),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs }),
  })),

  ping(
    'with a static remote it is accepted and not stored',
    'ping-accepted',
    {},
    { rows: rows(isStatic()), peers: [] },
  ),
  timed('with a static remote the same one again is accepted', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows(isStatic()),
    before: heardBefore(moment, 0n),
    peers: [],
  })),
  unlearned(
    'with a static remote one that is too old is refused',
    'ping-replayed',
    { ahead: -105n * second },
    { rows: rows(isStatic()) },
  ),
  timed('with a static remote one from before the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows(isStatic({ epoch: moment.wallNs })),
    peers: [],
  })),
  unlearned(
    'with a static remote a wrong tag is refused',
    'bad-signature',
    { signedBy: key },
    { rows: rows(isStatic()) },
  ),
];
