// A dump of an old installation's pinned maps, as `bpftool -j map dump pinned /sys/fs/bpf/tc/globals/map_tunnel` prints it: a list of
// keys and values, bytes in hexadecimal. The layouts are those of the public sources up to 0.24, told apart by their sizes:
//
//   map_tunnel   id u32 → ip u32, port be16, pad, ip u32, port be16 (local, remote), then MAC addresses that it found itself
//   map_encap    ip u32, port be16, protocol be16, ifindex be32 → first id be16, second id be16, key 16, tunnel be32, …
//   map_verify   first id be16, second id be16 → key 16, tunnel be32, ip u32, port be16, protocol be16, ifindex be32
//   map_config   ifindex u32 → flags u32 of ingress, of egress
//
// u32 without be: as the host has it, taken for little-endian. An address is a number there, 172.1.0.4 is the bytes 4 0 1 172.
// On the wire the first id stands where the group does.
import type { ServiceOrder } from './asked.ts';
import { type OldState, type Origin, take } from './found.ts';

export type DumpFault = 'not-json' | 'not-a-dump';

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

export function importDump(
  state: OldState,
  file: string,
  text: string,
  told: ServiceOrder | undefined,
): DumpFault | undefined {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  const maps = Array.isArray(written)
    ? { [file]: written }
    : typeof written === 'object' && written
      ? written
      : undefined;
  if (!maps) return 'not-a-dump';
  const order = told ?? 'group-service';
  for (const [name, list] of Object.entries(maps)) {
    const rows = Array.isArray(list) ? list.map(rowOf) : [undefined];
    if (rows.some((row) => row === undefined)) return 'not-a-dump';
    for (const [at, row] of rows.entries()) if (row) importRow(state, name, row, { file, line: at + 1 }, order);
  }
  state.assumptions.push(
    {
      what: `${file}: numbers without a byte order are little-endian`,
      why: 'compare an address with `cli_tunnel get all` on the old host',
    },
    {
      what: `${file}: the first id of a service is its ${order === 'group-service' ? 'group' : 'id'}`,
      why: told
        ? '--order says so'
        : 'it stands where the group does on the wire; --order service-group is the other one',
    },
  );
  return undefined;
}

function rowOf(written: unknown): Row | undefined {
  if (typeof written !== 'object' || written === null) return undefined;
  const { key, value } = written as { readonly key?: unknown; readonly value?: unknown };
  const [keyBytes, valueBytes] = [bytesOf(key), bytesOf(value)];
  return keyBytes && valueBytes && { key: keyBytes, value: valueBytes };
}

function bytesOf(written: unknown): Buffer | undefined {
  if (!Array.isArray(written)) return undefined;
  const bytes = written.map((one) =>
    typeof one === 'number' ? one : typeof one === 'string' ? Number(one) : Number.NaN,
  );
  return bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? Buffer.from(bytes) : undefined;
}

function importRow(state: OldState, name: string, { key, value }: Row, origin: Origin, order: ServiceOrder): void {
  const sizes = `${key.length}/${value.length}`;
  const leave = (reason: string) =>
    state.left.push({ origin, text: `${name}, row ${origin.line}`, reason, isSecret: false });
  switch (sizes) {
    case '4/16':
    case '4/20':
    case '4/28':
      importTunnel(state, key, value, origin, name);
      return;
    case '12/36':
    case '12/40':
      importEncap(state, key, value, origin, order);
      return;
    case '4/32':
      importVerify(state, key, value, origin, order);
      return;
    case '4/8':
      importFlags(state, key, value, leave);
      return;
    case '8/4':
    case '8/8':
      // Which endpoints are decapsulated follows from tunnels; NAT is told by map_verify.
      return;
    default:
      leave(`a key of ${key.length} and a value of ${value.length} bytes are no row of a map that is known`);
  }
}

function importTunnel(state: OldState, key: Buffer, value: Buffer, origin: Origin, name: string): void {
  // A key alone is 16 bytes as well: early releases kept only that in map_verify.
  if (value.length === 16 && /verify/.test(name)) return;
  const [ip, port] = [address(value, 8), value.readUInt16BE(12)];
  const remote = port === 0 ? ('learned' as const) : `${ip}:${port}`;
  const remarks = port === 0 ? [] : ['as it was then: write `learned` if it was set with 0 0 and a ping told it'];
  const local = `${address(value, 0)}:${value.readUInt16BE(4)}`;
  take(state, { kind: 'tunnel', id: key.readUInt32LE(0), local, remote }, origin, remarks);
}

function importEncap(state: OldState, key: Buffer, value: Buffer, origin: Origin, order: ServiceOrder): void {
  const ifindex = key.readUInt32BE(8);
  // Rows that a node learned from packets have no interface, and are told by map_verify.
  addService(state, value, value.subarray(4, 20), value.readUInt32BE(20), key, ifindex, origin, order);
  if (ifindex !== 0) state.saidRole = 'gateway';
}

function importVerify(state: OldState, key: Buffer, value: Buffer, origin: Origin, order: ServiceOrder): void {
  const tunnel = value.readUInt32BE(16);
  const endpoint = value.subarray(20, 32);
  if (endpoint.readUInt16BE(6) === 0) {
    const [group, id] = idsOf(key, order);
    const reason = `service ${group}/${id} through tunnel ${tunnel} has no address here: set-node names none`;
    state.left.push({ origin, text: 'map_verify', reason, isSecret: false });
    return;
  }
  addService(state, key, value.subarray(0, 16), tunnel, endpoint, endpoint.readUInt32BE(8), origin, order);
}

function addService(
  state: OldState,
  ids: Buffer,
  key: Buffer,
  tunnel: number,
  endpoint: Buffer,
  ifindex: number,
  origin: Origin,
  order: ServiceOrder,
): void {
  const [group, id] = idsOf(ids, order);
  const number = endpoint.readUInt16BE(6);
  const protocol = number === 6 ? 'tcp' : number === 17 ? 'udp' : String(number);
  const proxy = `${address(endpoint, 0)}:${endpoint.readUInt16BE(4)}`;
  const text = { group, id, protocol, proxy, endpoint: undefined, tunnel, key: keyText(key), ifindex };
  take(state, { kind: 'service', ...text }, origin);
}

function importFlags(state: OldState, key: Buffer, value: Buffer, leave: (reason: string) => void): void {
  const flags = [value.readUInt32LE(0), value.readUInt32LE(4)];
  leave(`interface ${key.readUInt32LE(0)} has the flags ${flags.join(' and ')}: name it in \`interfaces\``);
  if (flags[1] !== undefined && flags[1] & 1) state.saidRole = 'gateway';
}

function idsOf(bytes: Buffer, order: ServiceOrder): [group: number, id: number] {
  const [first, second] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  return order === 'group-service' ? [first, second] : [second, first];
}

function address(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].reverse().join('.');
}

/** As it was typed, where it is text; its bytes else. */
function keyText(bytes: Buffer): string {
  const text = bytes.toString('utf8').replace(/\0+$/, '');
  return /^[\x21-\x7e]+$/.test(text) ? text : `hex:${bytes.toString('hex')}`;
}
