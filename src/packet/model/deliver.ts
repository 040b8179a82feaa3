// What has been checked leaves the tunnel (DATAPATH.md section 4.6, from ECN on).
import type { Endpoint } from '../../net/endpoint.ts';
import { ethernetBytes } from '../ipv4.ts';
import { dropped, type ModelAnswer, passed } from './answer.ts';
import { routed } from './forward.ts';
import { translateEcho, translateError } from './icmp-rewrite.ts';
import type { Content } from './inner.ts';
import { echoTuple } from './node.ts';
import { ecnOf, type Outer, putEcn, unwrap } from './outer.ts';
import type { Packet } from './packet.ts';
import { readQuote } from './quote.ts';
import { translate } from './rewrite.ts';
import { clampSegments, fitsIn } from './sizes.ts';
import type { ModelService, ModelTables, ModelTunnel } from './tables.ts';

export interface Delivery {
  readonly inner: Packet;
  readonly service: ModelService;
  readonly arrival: ModelTunnel;
  readonly content: Content;
}

export function deliver(tables: ModelTables, outer: Outer, delivery: Delivery): ModelAnswer {
  const { asked, packet } = outer;
  const { inner, service, arrival } = delivery;
  const ecn = ecnOf(inner.tos, packet.tos);
  if (ecn === undefined) return dropped('congested', asked.frame);
  const endpoint = tables.role === 'node' ? service.endpoint : undefined;
  if (tables.role === 'node' && !endpoint) return dropped('no-nat', asked.frame);

  const plain = unwrap(asked.frame, inner.at, inner.family);
  putEcn(plain, inner.family, ecn);
  // The same packet, where it lies now.
  const shift = inner.at - ethernetBytes;
  const moved = { ...inner, at: ethernetBytes, transportAt: inner.transportAt - shift };
  const translated = endpoint ? toEndpoint(plain, moved, delivery, endpoint) : plain;
  const fitting = service.dso
    ? translated
    : clampSegments(translated, moved, fitsIn(tables, arrival, packet.source.ip));
  if (endpoint) learnFlow(tables, delivery, endpoint);
  return routed(tables, passed('decapsulated', fitting), inner.family, asked.ifindex);
}

function toEndpoint(plain: Uint8Array, moved: Packet, { service, content }: Delivery, endpoint: Endpoint): Uint8Array {
  switch (content.kind) {
    case 'segment':
      return translate(plain, moved, 'destination', endpoint);
    case 'echo':
      return translateEcho(plain, moved, 'destination', endpoint.ip);
    case 'error': {
      const quote = readQuote(plain, moved);
      if (!quote) throw new Error('a quote that could be read cannot be read any more');
      return translateError(plain, moved, quote, { side: 'destination', from: service.proxy, to: endpoint });
    }
  }
}

/** The tunnel that carried a request is to carry the reply. */
function learnFlow(tables: ModelTables, { inner, service, arrival, content }: Delivery, endpoint: Endpoint): void {
  const value = { tunnel: arrival.id, group: service.group, service: service.service };
  if (content.kind === 'echo') tables.learnFlow(echoTuple(endpoint.ip, inner.source.ip, content.identifier), value);
  else if (content.kind === 'segment' && service.remembersFlow)
    tables.learnFlow({ protocol: service.protocol, endpoint, client: inner.source }, value);
}
