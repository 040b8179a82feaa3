// A key opens its own service only (DATAPATH.md section 4.6): what an inner packet is to the service that it came for.
import { type Port, sameEndpoint } from '../../net/endpoint.ts';
import { remember } from './fragments.ts';
import { carriesPorts } from './head.ts';
import type { Packet } from './packet.ts';
import { echoIn, type Quote, quotedIn } from './quote.ts';
import type { ModelService, ModelTables } from './tables.ts';

export type Content =
  | { readonly kind: 'segment' }
  | { readonly kind: 'error'; readonly quote: Quote }
  | { readonly kind: 'echo'; readonly identifier: Port };

/** undefined: nothing that the service may send. */
export function whatItIs(
  tables: ModelTables,
  frame: Uint8Array,
  inner: Packet,
  service: ModelService,
): Content | undefined {
  if (carriesPorts(inner)) return segmentOf(tables, inner, service);
  return errorOf(tables, frame, inner, service) ?? echoOf(tables, frame, inner, service);
}

/** The proxy's end of it: on a node where a request goes to, on a gateway where a reply comes from. */
function proxySide({ role }: ModelTables): 'source' | 'destination' {
  return role === 'gateway' ? 'source' : 'destination';
}

export function segmentOf(tables: ModelTables, inner: Packet, service: ModelService): Content | undefined {
  if (inner.protocol !== service.protocol || !sameEndpoint(inner[proxySide(tables)], service.proxy)) return undefined;
  remember(tables, inner);
  return { kind: 'segment' };
}

/** On a gateway any router may have made it; it is about a packet to the proxy. */
function errorOf(tables: ModelTables, frame: Uint8Array, inner: Packet, service: ModelService): Content | undefined {
  const quote = quotedIn(frame, inner);
  if (quote?.protocol !== service.protocol) return undefined;
  if (tables.role === 'gateway')
    return sameEndpoint(quote.destination, service.proxy) ? { kind: 'error', quote } : undefined;
  const isAboutReply = sameEndpoint(quote.source, service.proxy) && inner.destination.ip === service.proxy.ip;
  return isAboutReply ? { kind: 'error', quote } : undefined;
}

function echoOf(tables: ModelTables, frame: Uint8Array, inner: Packet, service: ModelService): Content | undefined {
  if (!tables.features.echo || !service.echo) return undefined;
  const identifier = echoIn(frame, inner, tables.role === 'gateway' ? 'reply' : 'request');
  const isProxys = inner[proxySide(tables)].ip === service.proxy.ip;
  return identifier !== undefined && isProxys ? { kind: 'echo', identifier } : undefined;
}
