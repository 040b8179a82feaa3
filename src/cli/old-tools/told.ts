// What was asked, as the old tools name it in their lines.
import type { Asked, Item, Named } from '../../legacy/asked.ts';
import { doneLine } from '../../legacy/lines.ts';
import type { Invocation } from '../command.ts';
import { withKernel } from '../kernel.ts';

/** `TUNNEL.SET (100)`: what an error line begins with. */
export function whatWas(asked: Asked): string {
  const verb = asked.verb.toUpperCase();
  return asked.verb === 'set' ? whatItem(verb, asked.item) : whatNamed(verb, asked.named);
}

function whatItem(verb: string, item: Item): string {
  switch (item.kind) {
    case 'tunnel':
      return `TUNNEL.${verb} (${item.id})`;
    case 'service':
      return `ENCAP.${verb} (${item.protocol} ${item.proxy}) ${item.ifindex ?? 0}`;
    case 'flags':
      return `CFG.${verb} (${item.interface ?? 'default'}[${item.direction === 'ingress' ? 'RX' : 'TX'}])`;
    default:
      return item satisfies never;
  }
}

function whatNamed(verb: string, named: Named): string {
  switch (named.tool) {
    case 'tunnel':
      return `TUNNEL.${verb} (${named.id ?? 'all'})`;
    case 'service':
      return `VERIFY.${verb} (${named.service ? pairText(named.service) : 'all'})`;
    case 'config':
      return `CFG.${verb} (${named.interface ?? 'all'})`;
    default:
      return named satisfies never;
  }
}

/** The lines of success. Deleting all, the old tools printed one for each; which they were is not known any more. */
export async function whatWasDone(asked: Asked, invocation: Invocation): Promise<string[]> {
  if (asked.verb !== 'set') return [doneLine(whatWas(asked))];
  const { item } = asked;
  if (item.kind === 'service') return [doneLine(whatWas(asked)), doneLine(`VERIFY.SET (${pairText(item)})`)];
  if (item.kind === 'tunnel') return [doneLine(whatWas(asked))];
  const [side, index] = item.direction === 'ingress' ? ['RX', 0] : ['TX', 1];
  return await withKernel(invocation, async ({ host }) => {
    const name = item.interface ?? host.defaultRouteInterface() ?? '';
    const ifindex = host.interfaces().find((one) => one.name === name)?.ifindex ?? 0;
    return [`CFG.SET {${ifindex}[${index}]} (${name}[${side}])\t\tCREATED`];
  });
}

/** Service before group, as both orders of arguments were printed. */
function pairText({ group, id }: { readonly group: number; readonly id: number }): string {
  return `${id}, ${group}`;
}
