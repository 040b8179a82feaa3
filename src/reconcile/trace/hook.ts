// At which hook a packet is followed: where somebody says, or where it would come by: what goes out, where its route leads; what comes
// through a tunnel, at the interface that has the tunnel's address.
import type { Host } from '../../datapath/port.ts';
import type { Ip } from '../../net/ip.ts';
import type { HookWords } from '../../packet/words/hook.ts';
import { type Problem, problem } from '../../problem.ts';
import type { Direction } from '../../topology/topology.ts';
import type { Scene } from './scene.ts';

export interface ChosenHook {
  readonly ifindex: number;
  readonly name: string;
  readonly direction: Direction;
  /** Where the packet entered the host; 0: it is the host's own. At ingress this interface. */
  readonly ingressIfindex: number;
  readonly entered: string;
  /** Why this one, in words that follow a comma. */
  readonly because: string;
}

/** What is known of the packet. */
export interface Going {
  readonly direction: Direction;
  readonly destination: Ip | undefined;
}

type Ways = Pick<Host, 'route' | 'interfaces'>;

/** @param host undefined: no host is asked, since it is not the file's */
export function chooseHook(
  scene: Scene,
  said: HookWords | undefined,
  going: Going,
  host: Ways | undefined,
): ChosenHook | Problem {
  const direction = said?.direction ?? going.direction;
  const where =
    said?.interface === undefined ? usualInterface(scene, direction, going, host) : named(scene, said.interface);
  if ('code' in where) return where;
  const { ifindex, name, because } = where;
  if (direction === 'ingress') return { ifindex, name, direction, ingressIfindex: ifindex, entered: name, because };
  const entered = said?.entered ?? 'local';
  const ingressIfindex = entered === 'local' ? 0 : scene.interfaceIndex(entered);
  if (ingressIfindex === undefined)
    return problem('usage', `there is no interface "${entered}" by which a packet could have entered`, {
      hint: 'name one of this host, or `local` for its own packets',
    });
  return { ifindex, name, direction, ingressIfindex, entered, because };
}

interface Where {
  readonly ifindex: number;
  readonly name: string;
  readonly because: string;
}

function named({ interfaces, instance }: Scene, name: string): Where | Problem {
  const found = interfaces.find((one) => one.name === name);
  if (found) return { ...found, because: 'as asked' };
  return problem('usage', `instance "${instance}" has no interface "${name}"`, {
    hint: `its interfaces are ${interfaces.map((one) => one.name).join(', ')}`,
  });
}

function usualInterface(
  scene: Scene,
  direction: Direction,
  { destination }: Going,
  host: Ways | undefined,
): Where | Problem {
  const { interfaces, instance } = scene;
  const [first] = interfaces;
  if (!first) return problem('usage', `instance "${instance}" has no interface`, { hint: 'say where with --at' });
  const only = interfaces.length === 1 ? 'its only interface' : 'its first interface';
  if (!host || destination === undefined) return { ...first, because: only };
  if (direction === 'ingress') {
    const owner = host.interfaces().find(({ addresses }) => addresses.includes(destination));
    const found = interfaces.find(({ ifindex }) => ifindex === owner?.ifindex);
    return found ? { ...found, because: `it has ${destination}` } : { ...first, because: only };
  }
  const route = host.route(destination);
  if (!route) return { ...first, because: `${only}: there is no route to ${destination}` };
  const found = interfaces.find(({ ifindex }) => ifindex === route.ifindex);
  if (found) return { ...found, because: `the route to ${destination} leaves there` };
  const other = scene.interfaceName(route.ifindex);
  return {
    ...first,
    because: `${only}: the route to ${destination} leaves by ${other}, where no program of "${instance}" is`,
  };
}
