// Faults planted between staging and probing: somebody edits rows of the standby, and the apply must not activate them.
import type { ConfiguredTable, Datapath } from '../../src/datapath/port.ts';
import { encap } from '../../src/tables/encap.ts';
import { nat } from '../../src/tables/nat.ts';
import { emptyRows, keyAt, type Rows, valueAt } from '../../src/tables/rows.ts';
import type { Table } from '../../src/tables/table.ts';
import { tunnel } from '../../src/tables/tunnel.ts';
import { verify } from '../../src/tables/verify.ts';

export interface Planted {
  readonly name: string;
  readonly role: 'gateway' | 'node';
  /** Edits rows as somebody with bpftool would. */
  edit(datapath: Datapath, instance: string, slot: 'a' | 'b'): void;
}

/** Every row of the table as `change` makes it; undefined: it is taken out. */
function edited<Key, Value>(
  { name, key, value }: Table<Key, Value>,
  change: (value: Value, key: Key) => Value | undefined,
): Planted['edit'] {
  return (datapath, instance, slot) => {
    const rows: Rows = datapath.readRows(instance, slot, name satisfies ConfiguredTable);
    const changed: Uint8Array[] = [];
    const kept: Uint8Array[] = [];
    const gone: Uint8Array[] = [];
    for (let at = 0; at < rows.count; at++) {
      const after = change(value.decode(valueAt(rows, at)), key.decode(keyAt(rows, at)));
      if (after === undefined) gone.push(keyAt(rows, at));
      else {
        kept.push(keyAt(rows, at));
        changed.push(value.encode(after));
      }
    }
    const upserts = { keySize: rows.keySize, valueSize: rows.valueSize, count: kept.length };
    datapath.writeRows(instance, slot, name, {
      upserts: kept.length
        ? { ...upserts, keys: Buffer.concat(kept), values: Buffer.concat(changed) }
        : emptyRows(rows.keySize, rows.valueSize),
      deletions: Buffer.concat(gone),
    });
  };
}

const otherKey = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));

export const plantedFaults: readonly Planted[] = [
  {
    name: 'a service in another tunnel',
    role: 'gateway',
    edit: edited(encap, (row) => ({ ...row, tunnel: row.tunnel ? 200 : 0 })),
  },
  {
    name: 'a tunnel to another end',
    role: 'gateway',
    edit: edited(tunnel, (row) => ({ ...row, remotePort: row.remotePort && row.remotePort + 1 })),
  },
  {
    name: 'a tunnel from another end',
    role: 'gateway',
    edit: edited(tunnel, (row) => ({ ...row, localPort: row.localPort + 1 })),
  },
  {
    name: 'a request with another key',
    role: 'gateway',
    edit: edited(encap, (row) => ({ ...row, key: otherKey(row.key) })),
  },
  {
    name: 'a reply with another key taken',
    role: 'gateway',
    edit: edited(verify, (row) => ({ ...row, key: otherKey(row.key) })),
  },
  { name: 'a service without its row of proxies', role: 'gateway', edit: edited(encap, () => undefined) },
  { name: 'a tunnel without its row', role: 'gateway', edit: edited(tunnel, () => undefined) },
  {
    name: 'a service that may use a tunnel of others',
    role: 'gateway',
    edit: edited(verify, (row) => ({ ...row, tunnels: [100, 200, 101, 0] })),
  },
  {
    name: 'a key that opens another port',
    role: 'gateway',
    edit: edited(verify, (row) => ({ ...row, proxyPort: row.proxyPort + 1 })),
  },
  {
    name: 'a far end that is unlearned',
    role: 'gateway',
    edit: edited(tunnel, (row) => ({ ...row, epoch: row.epoch + 1n })),
  },
  {
    name: 'requests to another server',
    role: 'node',
    edit: edited(verify, (row) => ({ ...row, endpointPort: row.endpointPort + 1 })),
  },
  { name: 'replies that nobody translates', role: 'node', edit: edited(nat, () => undefined) },
  {
    name: 'replies of another service',
    role: 'node',
    edit: edited(nat, (row) => ({ ...row, service: row.service + 1 })),
  },
  {
    name: 'a node that takes another key',
    role: 'node',
    edit: edited(verify, (row) => ({ ...row, key: otherKey(row.key) })),
  },
];

/** The edit is made as the probes begin. */
export function planted(datapath: Datapath, { edit }: Planted): Datapath {
  return {
    ...datapath,
    openProbe: (instance, slot) => {
      edit(datapath, instance, slot);
      return datapath.openProbe(instance, slot);
    },
  };
}
