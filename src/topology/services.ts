// One service, as written, becomes one value of topology.ts; or its problems, as many as it has.
// One text serves both ends: what an end has no use for is accepted there and not stored. What services mean to each other
// is rules.ts.
import type { Endpoint } from '../net/endpoint.ts';
import { familyOf } from '../net/ip.ts';
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { readEndpoint } from './endpoints.ts';
import { checkService } from './generated/validator.js';
import { fits, type Part, titleOf } from './shape.ts';
import { type Role, type Service, serviceDefaults } from './topology.ts';
import { type ResolvePath, readKey } from './values.ts';

export function readService(part: Part, role: Role | undefined, resolvePath: ResolvePath): Service | undefined {
  const { value } = part;
  const isFit = fits(checkService, part);
  const proxy = readEndpoint(part, 'proxy', '5.5.5.5:3100');
  const endpoint = value.endpoint === undefined ? proxy : readEndpoint(part, 'endpoint', '1.1.1.1:4000');
  const key = readKey(part, ['key'], resolvePath);
  const previousKey = value.previousKey === undefined ? 'none' : readKey(part, ['previousKey'], resolvePath);
  const tunnels = readTunnelList(part);
  if (!proxy || !endpoint) return undefined;
  if (familyOf(proxy.ip) !== familyOf(endpoint.ip))
    return complain(
      part,
      'mixed-families',
      `${titleOf(part)} has a proxy of IPv${familyOf(proxy.ip)} and an endpoint of IPv${familyOf(endpoint.ip)}`,
      {
        path: ['endpoint'],
        hint: 'addresses are translated, packets are not: give both in one family',
      },
    );
  const { name, group, id, protocol } = value;
  if (!isFit || !key || !previousKey || !tunnels) return undefined;
  if (typeof group !== 'number' || typeof id !== 'number' || (protocol !== 'tcp' && protocol !== 'udp'))
    return undefined;
  return {
    name: typeof name === 'string' ? name : `service-${group}-${id}`,
    group,
    id,
    protocol,
    proxy,
    tunnels,
    key,
    previousKey,
    ...(role === 'gateway' ? ofGateway(value, proxy, endpoint) : ofNode(value, endpoint)),
    place: placeOf(part.document, part.node),
  };
}

type OfRole = Pick<Service, 'endpoint' | 'via' | 'fallback' | 'echo' | 'mode' | 'far'>;

function ofGateway({ via, echo, mode, endpoint }: Part['value'], proxy: Service['proxy'], far: Endpoint): OfRole {
  const isName = typeof via === 'string' && via !== 'any' && via !== 'local';
  return {
    endpoint: proxy,
    via: isName ? { interface: via } : via === 'local' ? via : serviceDefaults.via,
    fallback: serviceDefaults.fallback,
    echo: echo === 'answer' || echo === 'carry' ? echo : serviceDefaults.echo,
    mode: 'standard',
    far: {
      endpoint: endpoint === undefined ? 'unsaid' : far,
      mode: mode === 'dso' || mode === 'standard' ? mode : 'unsaid',
    },
  };
}

function ofNode({ fallback, echo, mode }: Part['value'], endpoint: Service['endpoint']): OfRole {
  return {
    endpoint,
    via: serviceDefaults.via,
    fallback: fallback === 'pass' ? fallback : serviceDefaults.fallback,
    echo: echo === 'carry' ? echo : serviceDefaults.echo, // what the gateway answers never comes here
    mode: mode === 'dso' ? mode : 'standard',
    far: serviceDefaults.far,
  };
}

/** The tunnels that a service names, whether they exist or not. */
function readTunnelList(part: Part): readonly number[] | undefined {
  const { tunnel } = part.value;
  if (typeof tunnel === 'number') return [tunnel];
  if (!Array.isArray(tunnel) || !tunnel.every((id) => typeof id === 'number')) return undefined;
  const twice = tunnel.findIndex((id, at) => tunnel.indexOf(id) < at);
  if (twice >= 0)
    return complain(part, 'wrong-value', `${titleOf(part)} names tunnel ${tunnel[twice]} twice`, {
      path: ['tunnel', twice],
      hint: 'remove one of them',
    });
  return [...tunnel];
}
