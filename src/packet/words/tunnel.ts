// From `tunnel` on: the way by which a packet arrives, and of a ping how it is signed.
import { type Endpoint, parseEndpoint } from '../../net/endpoint.ts';
import { tosIn, vlanIn } from './extras.ts';
import { listed, type Scanner, unexpected } from './scan.ts';
import type { Signature, TunnelWords } from './words.ts';

export interface TunnelSaid {
  readonly tunnel: TunnelWords;
  readonly vlan: number | undefined;
  readonly signature: Signature;
}

const ways = ['service', 'from', 'to', 'key', 'tos', 'vlan'] as const;
export const signatureWords = { unsigned: 'none', 'wrongly-signed': 'wrong' } as const;

export function parseTunnel(scanner: Scanner, what: 'ping' | 'packet'): TunnelSaid {
  scanner.oneOf(['tunnel']);
  const id = scanner.number([1, 4294967295, 'the id of a tunnel']);
  const names = what === 'ping' ? ([...ways, 'unsigned', 'wrongly-signed'] as const) : ways;
  let said: TunnelSaid = {
    tunnel: { id, service: undefined, from: undefined, to: undefined, key: 'right', tos: undefined },
    vlan: undefined,
    signature: 'as-configured',
  };
  const seen = new Set<string>();
  for (let word = scanner.peek(); word.text !== ''; word = scanner.peek()) {
    const isAgain = seen.has(word.text) || (said.signature !== 'as-configured' && word.text in signatureWords);
    if (isAgain) unexpected(word, `"${word.text}" once only`);
    seen.add(word.text);
    said = withWord(scanner, said, scanner.oneOf(names, listed(names)));
  }
  return said;
}

function withWord(
  scanner: Scanner,
  said: TunnelSaid,
  name: (typeof ways)[number] | keyof typeof signatureWords,
): TunnelSaid {
  const way = (more: Partial<TunnelWords>): TunnelSaid => ({ ...said, tunnel: { ...said.tunnel, ...more } });
  switch (name) {
    case 'service':
      return way({ service: scanner.word(serviceIn, 'a service as GROUP/ID') });
    case 'from':
      return way({ from: endpoint(scanner) });
    case 'to':
      return way({ to: endpoint(scanner) });
    case 'key':
      return way({ key: scanner.oneOf(['right', 'previous', 'wrong']) });
    case 'tos':
      return way({ tos: tosIn(scanner) });
    case 'vlan':
      return { ...said, vlan: vlanIn(scanner) };
    case 'unsigned':
    case 'wrongly-signed':
      return { ...said, signature: signatureWords[name] };
    default:
      return name satisfies never;
  }
}

function endpoint(scanner: Scanner): Endpoint {
  return scanner.word((text) => {
    const parsed = parseEndpoint(text);
    return typeof parsed === 'string' ? undefined : parsed;
  }, 'an address with a port, such as 203.0.113.9:6080 or [2001:db8::9]:6080');
}

function serviceIn(text: string): TunnelWords['service'] {
  const match = /^(0|[1-9]\d{0,4})\/(0|[1-9]\d{0,4})$/.exec(text);
  const [group, id] = [Number(match?.[1]), Number(match?.[2])];
  return group <= 65535 && id <= 65535 ? { group, id } : undefined;
}
