// Everything that an instance has learned, byte for byte, of each map: to compare before and after. The ring of events is read by
// whoever listens, and is no map that can be looked up.
import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { Observation } from '../../src/datapath/port.ts';
import { mapInfo, openMapById } from '../../src/native/descriptors.ts';
import { lookup, lookupSize, possibleCpus, readAll } from '../../src/native/maps.ts';
import { learnedMaps, learnedNames } from '../../src/tables/learned-maps.ts';

export type LearnedBytes = Readonly<Record<string, string>>;

/** SHA-256 of what each map holds; of hashes, in the order of their keys. */
export function learnedBytes({ learned }: Observation): LearnedBytes {
  const digests: Record<string, string> = {};
  for (const name of learnedNames) {
    const { type } = learnedMaps[name];
    const fd = openMapById(learned?.ids[name] ?? 0);
    if (type === 'ring-buffer' || fd === undefined) continue;
    try {
      const map = { fd, info: mapInfo(fd) };
      const hash = createHash('sha256');
      for (const row of type === 'hash' || type === 'lru' ? rowsOf(map) : elementsOf(map)) hash.update(row);
      digests[name] = hash.digest('hex');
    } finally {
      closeSync(fd);
    }
  }
  return digests;
}

function rowsOf(map: Parameters<typeof readAll>[0]): string[] {
  const { keys, values, count } = readAll(map);
  const { keySize, valueSize } = map.info;
  const part = (bytes: Uint8Array, size: number, at: number): string =>
    Buffer.from(bytes.subarray(at * size, (at + 1) * size)).toString('hex');
  return Array.from({ length: count }, (_, at) => `${part(keys, keySize, at)}=${part(values, valueSize, at)}\n`).sort();
}

function* elementsOf(map: Parameters<typeof readAll>[0]): Generator<Uint8Array> {
  const cpus = possibleCpus();
  const key = new Uint8Array(4);
  for (let at = 0; at < map.info.maxEntries; at++) {
    new DataView(key.buffer).setUint32(0, at, true);
    const value = lookup(map, key, lookupSize(map.info, cpus));
    if (value) yield value;
  }
}
