// One line about a file that is right.
import type { Topology } from '../topology/topology.ts';
import type { Style } from './style.ts';
import { counted } from './words.ts';

export function countText({ name, role, tunnels, services }: Topology, style: Style): string {
  const what = `${counted(tunnels.length, 'tunnel')}, ${counted(services.length, 'service')}`;
  return `${style.added('Valid')}: ${role} ${name} with ${what}.\n`;
}
