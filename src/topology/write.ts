// A topology becomes text: sorted, without what is default, so that reading it gives the same topology again.
// It makes plain values and comments; how YAML is laid out is yaml.ts.
import { formatEndpoint, sameEndpoint } from '../net/endpoint.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Path } from './document.ts';
import { impliedFlags } from './items.ts';
import { parseKeyText } from './key-text.ts';
import { formatLocal } from './locals.ts';
import {
  type Expectation,
  type Flags,
  flagBits,
  type KeySource,
  type Service,
  serviceDefaults,
  type Topology,
  type Tunnel,
  tunnelDefaults,
} from './topology.ts';

export interface TopologyPrinting {
  /** `keep` prints every key as `keep`, which leaves the live one; `show` prints what the topology holds. */
  readonly keys: 'keep' | 'show';
  /** What is known of learned remotes, by tunnel id, for a comment: `192.0.2.7:6080, 3s ago`. */
  readonly learned?: ReadonlyMap<number, string>;
  /** Comment lines above the document. */
  readonly header?: readonly string[];
  /** Where editors find the schema. */
  readonly schema?: string;
}

const publishedSchema = '../schemas/topology.schema.json';

/** Law P12: reading the text gives the topology again, places and digest aside, and keys aside when they are kept. */
export async function printTopology(topology: Topology, printing: TopologyPrinting): Promise<string> {
  const { printDocument, textValue } = await import('./yaml.ts');
  const { role, flags, interfaces, tunnels, services, expectations } = topology;
  const extra = flagNames(flags, impliedFlags(role));
  const texts: Texts = {
    text: textValue,
    key: (key) => (printing.keys === 'keep' ? 'keep' : writtenKey(key, textValue)),
  };
  const comments: { path: Path; text: string }[] = [];
  for (const [index, { id, remote }] of tunnels.entries()) {
    const text = remote === 'learned' ? printing.learned?.get(id) : undefined;
    if (text !== undefined) comments.push({ path: ['tunnels', index, 'remote'], text });
  }
  const written = {
    apiVersion: 'trueingress/v1',
    name: textValue(topology.name),
    ...(topology.id !== 0 && { id: topology.id }),
    role,
    ...(interfaces.length > 0 && {
      interfaces: interfaces.map((one) => {
        const own = ownFlags(one.flags, flags);
        return own ? { name: textValue(one.name), flags: own } : textValue(one.name);
      }),
    }),
    ...(extra && { flags: extra }),
    tunnels: tunnels.map((tunnel) => writtenTunnel(tunnel, texts)),
    services: services.map((service) => writtenService(service, texts)),
    ...(expectations.length > 0 && { expect: await writtenExpectations(expectations, texts) }),
  };
  const schemaLine = `yaml-language-server: $schema=${printing.schema ?? publishedSchema}`;
  return printDocument(written, { header: [...(printing.header ?? []), schemaLine], comments });
}

/** How free text and keys are written. */
interface Texts {
  readonly text: (text: string) => unknown;
  readonly key: (key: KeySource) => unknown;
}

function writtenTunnel(tunnel: Tunnel, { key }: Texts) {
  const { id, remote, remoteId, header, source, sourcePort, mtuBytes, pingIntervalMs, sign, allowFrom } = tunnel;
  return {
    id,
    local: formatLocal(tunnel),
    remote: remote === 'learned' ? remote : formatEndpoint(remote),
    ...(remoteId !== id && { remoteId }),
    ...(header !== tunnelDefaults.header && { header }),
    ...(source !== tunnelDefaults.source && { source }),
    ...(sourcePort !== tunnelDefaults.sourcePort && { sourcePort }),
    ...(mtuBytes !== 'path' && { mtu: mtuBytes }),
    ...(pingIntervalMs > 0 && { ping: { interval: formatTime(pingIntervalMs) } }),
    ...(sign !== 'none' && { sign: { key: key(sign.key), ...(sign.required && { required: true }) } }),
    ...(allowFrom.length > 0 && { allowFrom: allowFrom.map(formatPrefix) }),
    ...(tunnel.movesPerMinute > 0 && { movesPerMinute: tunnel.movesPerMinute }),
  };
}

function writtenService(service: Service, { text, key }: Texts) {
  const { name, group, id, protocol, proxy, tunnels, via, previousKey, mode, fallback, echo, far } = service;
  return {
    name: text(name),
    group,
    id,
    protocol,
    proxy: formatEndpoint(proxy),
    ...writtenEndpoint(service),
    tunnel: tunnels.length === 1 ? tunnels[0] : tunnels,
    ...(via !== 'any' && { via: via === 'local' ? via : text(via.interface) }),
    key: key(service.key),
    ...(previousKey !== 'none' && { previousKey: key(previousKey) }),
    ...(far.mode !== 'unsaid' ? { mode: far.mode } : mode !== 'standard' && { mode }),
    ...(fallback !== serviceDefaults.fallback && { fallback }),
    ...(echo !== serviceDefaults.echo && { echo }),
  };
}

/** As with reading, who has none loads no words. */
async function writtenExpectations(expectations: readonly Expectation[], { text }: Texts) {
  const [{ formatPacket }, { formatHook }] = await Promise.all([
    import('../packet/words/format.ts'),
    import('../packet/words/hook.ts'),
  ]);
  return expectations.map(({ name, packet, at, verdict, tunnel, service, out }) => {
    const words = formatPacket(packet);
    return {
      ...(name !== words && { name: text(name) }),
      packet: text(words),
      ...(at !== 'usual' && { at: text(formatHook(at)) }),
      verdict,
      ...(tunnel !== 'any' && { tunnel }),
      ...(service !== 'any' && { service: text(`${service.group}/${service.id}`) }),
      ...(out !== 'any' && { out: text(formatPacket(out)) }),
    };
  });
}

function writtenEndpoint({ proxy, endpoint, far }: Service): { endpoint?: string } {
  if (far.endpoint !== 'unsaid') return { endpoint: formatEndpoint(far.endpoint) };
  return sameEndpoint(endpoint, proxy) ? {} : { endpoint: formatEndpoint(endpoint) };
}

/** Text when a person would have typed it, else hexadecimal. */
function writtenKey(key: KeySource, textValue: (text: string) => unknown): unknown {
  switch (key.kind) {
    case 'keep':
      return 'keep';
    case 'file':
      return { file: textValue(key.path) };
    case 'env':
      return { env: textValue(key.variable) };
    case 'bytes': {
      const hex = Buffer.from(key.bytes).toString('hex');
      const text = Buffer.from(key.bytes).toString('utf8').replace(/\0+$/, '');
      const again = /^[\x21-\x7e]+$/.test(text) ? parseKeyText(text) : undefined;
      const isSame = again instanceof Uint8Array && Buffer.from(again).toString('hex') === hex;
      return textValue(isSame ? text : `hex:${hex}`);
    }
  }
}

/** The flags that `flags` has beyond `base`, by name. */
function flagNames(flags: Flags, base: Flags): Partial<Record<keyof Flags, string[]>> | undefined {
  const ingress = namesOf('ingress', flags.ingress & ~base.ingress);
  const egress = namesOf('egress', flags.egress & ~base.egress);
  if (ingress.length + egress.length === 0) return undefined;
  return { ...(ingress.length > 0 && { ingress }), ...(egress.length > 0 && { egress }) };
}

/** What an interface must say when its flags are not the file's; the implied ones come by themselves. */
function ownFlags(own: Flags, common: Flags): Partial<Record<keyof Flags, string[]>> | undefined {
  if (own.ingress === common.ingress && own.egress === common.egress) return undefined;
  return {
    ...(own.ingress !== common.ingress && { ingress: namesOf('ingress', own.ingress) }),
    ...(own.egress !== common.egress && { egress: namesOf('egress', own.egress) }),
  };
}

function namesOf(direction: keyof Flags, bits: number): string[] {
  return Object.entries(flagBits[direction])
    .filter(([, bit]) => bits & bit)
    .map(([name]) => name);
}

export function formatTime(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
