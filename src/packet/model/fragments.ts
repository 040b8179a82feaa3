// Ports of first fragments, remembered for their later ones (DATAPATH.md section 1).
import type { Packet } from './packet.ts';
import type { FragmentTuple, ModelTables } from './tables.ts';

function tupleOf({ source, destination, id, protocol = 0 }: Packet): FragmentTuple {
  return { source: source.ip, destination: destination.ip, id, protocol };
}

/** A later fragment gets the ports of its first one; undefined: that was not seen. */
export function withPorts(tables: ModelTables, packet: Packet): Packet | undefined {
  if (packet.fragment !== 'later') return packet;
  const ports = tables.fragmentPorts(tupleOf(packet));
  return (
    ports && {
      ...packet,
      source: { ...packet.source, port: ports.source },
      destination: { ...packet.destination, port: ports.destination },
    }
  );
}

/** Nothing, unless it is a first fragment. */
export function remember(tables: ModelTables, packet: Packet): void {
  if (packet.fragment !== 'first') return;
  tables.learnFragment(tupleOf(packet), { source: packet.source.port, destination: packet.destination.port });
}
