// The scripts around the old tools: pfc_add.sh, pfc_start.sh, port_init.sh, attach_tc.sh, gue_ping_svc_auto.
import type { ServiceItem } from './asked.ts';
import { doubtsOf } from './doubts.ts';
import type { OldState, Origin } from './found.ts';
import { take } from './found.ts';
import { shortenedKey } from './short-key.ts';

/** Where port_alloc.sh begins is not in a script that does not say it. */
const usualPort = 6080;

export function readPfc(
  state: OldState,
  name: string,
  words: readonly string[],
  origin: Origin,
  leave: (reason: string) => void,
): void {
  switch (name) {
    case 'attach_tc':
      if (words[0] !== undefined && !/^(in|e)gress$/.test(words[0])) state.interfaces.add(words[0]);
      return;
    case 'port_init':
      notePorts(state, words[0], origin);
      return;
    case 'pfc_start':
      readStart(state, words, origin, leave);
      return;
    case 'pfc_add':
      readAdd(state, words, origin, leave);
      return;
    default: {
      const seconds = Number(words[0]);
      if (Number.isInteger(seconds) && seconds > 0) state.pingSeconds = seconds;
    }
  }
}

function notePorts(state: OldState, first: string | undefined, origin: Origin): void {
  const port = Number(first);
  if (!Number.isInteger(port)) return;
  state.firstPort = port;
  const why = `${origin.file}:${origin.line} begins there; compare with \`cli_tunnel get all\` on the old host`;
  state.assumptions.push({ what: `pfc_add took local ports one after the other from ${port}`, why });
}

/** `<nic> <name> <conf-rx> <conf-tx> <port-min> <port-max> [<delay>]` */
function readStart(state: OldState, words: readonly string[], origin: Origin, leave: (reason: string) => void): void {
  const [nic, label, rx, tx, portMin, , delay] = words;
  const flags = [Number(rx), Number(tx)];
  if (nic === undefined || flags.some((one) => !Number.isInteger(one))) {
    leave('it has not the words of pfc_start.sh');
    return;
  }
  state.interfaces.add(nic);
  for (const [at, direction] of (['ingress', 'egress'] as const).entries())
    take(
      state,
      { kind: 'flags', interface: nic, direction, flags: flags[at] ?? 0, instanceId: undefined, label },
      origin,
    );
  notePorts(state, portMin, origin);
  if (Number(delay) > 0) state.pingSeconds = Number(delay);
}

/** `[-p] <nic> <group-id> <service-id> <key> <remote-ip> <remote-port> <proto> <proxy-ip> <proxy-port> <ip> <port> [<ifindex>]` */
function readAdd(state: OldState, words: readonly string[], origin: Origin, leave: (reason: string) => void): void {
  const given = words[0] === '-p' ? words.slice(1) : words;
  const [nic = '', groupWord, idWord, key = '', remoteIp = '', remotePort = '', protocol = '', ...rest] = given;
  const [proxyIp = '', proxyPort = '', ip = '', port = '', index] = rest;
  const [group, id] = [Number(groupWord), Number(idWord)];
  if (given.length < 11 || ![group, id].every((one) => Number.isInteger(one) && one >= 0 && one <= 65535)) {
    leave('it has not the words of pfc_add.sh');
    return;
  }
  const tunnel = group * 65536 + id;
  const there = state.tunnels.get(tunnel);
  const from = state.firstPort;
  const local = `${nic}:${(from ?? usualPort) + (from === undefined ? 0 : state.tunnels.size)}`;
  const remarks =
    from === undefined ? ['its port was chosen by port_alloc.sh: `cli_tunnel get all` on the old host tells'] : [];
  const isLearned = remotePort === '0';
  const remote = isLearned ? ('learned' as const) : `${remoteIp}:${remotePort}`;
  take(state, { kind: 'tunnel', id: tunnel, local: there?.item.local ?? local, remote }, origin, remarks);
  if (isLearned) state.saidRole ??= 'gateway';
  const short = shortenedKey(key);
  const ends = { proxy: `${proxyIp}:${proxyPort}`, endpoint: `${ip}:${port}` };
  const ifindex = index === undefined ? undefined : Number(index);
  const item: ServiceItem = { kind: 'service', group, id, protocol, ...ends, tunnel, key: short?.key ?? key, ifindex };
  const doubts = doubtsOf(item);
  if (doubts.length > 0) {
    leave(doubts.join(', and '));
    return;
  }
  const cut = short ? [`the first 16 bytes of a key of ${short.bytes}, as cli_service took it`] : [];
  take(state, item, origin, cut);
}
