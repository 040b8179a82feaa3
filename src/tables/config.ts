// CONFIG: what each hook of each interface does.
import { layout, text, u32 } from '../layout/layout.ts';
import { type Direction, directions, flagBits } from '../topology/topology.ts';
import { readInterface } from './key-words.ts';
import type { Table } from './table.ts';

export const roleNumbers = { gateway: 1, node: 2 } as const;
export const directionNumbers = { ingress: 0, egress: 1 } as const;

const key = layout('config_key', { ifindex: u32, direction: u32 });
const value = layout('config_value', { role: u32, flags: u32, instanceId: u32, name: text(16) });

export type ConfigKey = ReturnType<typeof key.decode>;
export type ConfigValue = ReturnType<typeof value.decode>;

export const config: Table<ConfigKey, ConfigValue> = {
  name: 'config',
  title: 'what each hook of each interface does',
  key,
  value,
  want({ topology, interfaces }, emit) {
    interfaces.forEach((one, origin) => {
      for (const direction of directions)
        emit(
          { ifindex: one.ifindex, direction: directionNumbers[direction] },
          {
            role: roleNumbers[topology.role],
            flags: one.flags[direction],
            instanceId: topology.id,
            name: topology.name,
          },
          origin,
        );
    });
  },
  keyExample: 'eth0 egress',
  keyText: ({ ifindex, direction }, interfaceName) => `${interfaceName(ifindex)} ${directionText(direction)}`,
  readKey: (scanner, interfaceIndex) => ({
    ifindex: readInterface(scanner, interfaceIndex),
    direction: directionNumbers[scanner.oneOf(directions)],
  }),
  refers: () => [],
  owner: ({ ifindex }) => ({ kind: 'interface', ifindex }),
  describe: (k, v) => {
    const direction = directionText(k.direction);
    return {
      role: v.role === roleNumbers.gateway ? 'gateway' : 'node',
      id: String(v.instanceId),
      [`flags.${direction}`]: formatFlags(direction, v.flags),
    };
  },
  show: (k, v) => ({
    ifindex: k.ifindex,
    direction: directionText(k.direction),
    role: v.role === roleNumbers.gateway ? 'gateway' : 'node',
    flags: formatFlags(directionText(k.direction), v.flags),
    id: v.instanceId,
    name: v.name,
  }),
};

function directionText(direction: number): Direction {
  return direction === directionNumbers.ingress ? 'ingress' : 'egress';
}

/** `proxy|fib (17)`: names and the number that users of the older tools know. */
export function formatFlags(direction: 'ingress' | 'egress', flags: number): string {
  const names = Object.entries(flagBits[direction])
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name);
  return names.length ? `${names.join('|')} (${flags})` : 'none (0)';
}
