// Probes find a program that does not do what a field of the file asks for: each fault is the model with one bit taken away.
import { describe, expect, test } from 'vitest';
import { evaluateIn } from '../../../src/datapath/memory/evaluate.ts';
import type { Evaluator } from '../../../src/datapath/memory/probe.ts';
import { type Prefix, parsePrefix } from '../../../src/net/prefix.ts';
import { featureBits } from '../../../src/tables/features.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import type { Topology, Tunnel } from '../../../src/topology/topology.ts';
import {
  around,
  gatewayWith,
  key,
  nodeWith,
  servicesWithout,
  tunnelsWithout,
  withoutFeature,
  withServices,
  withTunnels,
} from '../../support/faulty.ts';
import { applyOn, makeWorld, now } from '../../support/memory.ts';
import { endpoint, serviceOf, tunnelOf } from '../../support/topologies.ts';

const learned = { remote: 'learned' } as const;
const required = { ...learned, sign: { key: key('signs'), required: true } } as const;
const ipv6 = { local: endpoint('[2001:db8::4]:6080'), remote: endpoint('[2001:db8::3]:6080') };

function prefixes(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string' || 'meant' in prefix) throw new Error(text);
    return prefix;
  });
}

describe('a program is not activated that', () => {
  test.each<[what: string, topology: Topology, fault: Evaluator, expected: string]>([
    [
      'knows no IPv6',
      gatewayWith({ proxy: endpoint('[2001:db8:5::5]:80') }, ipv6),
      withoutFeature(featureBits.ipv6),
      'request: expected encapsulated, got pass-not-ours',
    ],
    [
      'does not ask where a request entered',
      gatewayWith({ via: 'local' }),
      withoutFeature(featureBits.via),
      'request: expected encapsulated, got pass-not-ours',
    ],
    [
      'does not know the short header when it comes',
      gatewayWith({}, { header: 'short', remoteId: 7 }),
      withoutFeature(featureBits.short),
      'reply: expected decapsulated, got unknown-service',
    ],
    [
      'does not send the short header',
      gatewayWith({}, { header: 'short', remoteId: 7 }),
      tunnelsWithout(tunnelFlags.short),
      'request: expected encapsulated, got encapsulated with another packet',
    ],
    [
      'does not answer echo',
      gatewayWith({ echo: 'answer' }),
      withoutFeature(featureBits.echo),
      'echo request: expected echo-answered, got pass-not-ours',
    ],
    [
      'refuses the echo that it should carry',
      gatewayWith({ echo: 'carry' }),
      servicesWithout(serviceFlags.echo),
      'echo reply: expected decapsulated, got wrong-endpoint',
    ],
    [
      'does not take the previous key',
      gatewayWith({ previousKey: key('before') }),
      servicesWithout(serviceFlags.previousKey),
      'packet with the previous key: expected decapsulated, got bad-key',
    ],
    [
      'takes data from strangers',
      gatewayWith({}, { source: 'strict' }),
      tunnelsWithout(tunnelFlags.strict),
      'packet from a stranger: expected wrong-source, got decapsulated',
    ],
    [
      'takes unsigned pings',
      gatewayWith({}, required),
      tunnelsWithout(tunnelFlags.signRequired),
      'unsigned ping: expected ping-refused, got ping-accepted',
    ],
    [
      'takes pings from anywhere',
      gatewayWith({}, { ...learned, allowFrom: [{ ip: endpoint('198.51.100.0:1').ip, bits: 24 }] }),
      tunnelsWithout(tunnelFlags.allow),
      'ping from elsewhere: expected ping-refused, got ping-accepted',
    ],
    [
      'takes replies whose request it never saw',
      nodeWith({ fallback: 'pass' }),
      servicesWithout(serviceFlags.pass),
      'reply whose request was not seen: expected pass-not-ours, got encapsulated',
    ],
    [
      'leads a service into another tunnel',
      gatewayWith({}),
      withTunnels((row) => ({ ...row, remotePort: 6081 })),
      'request: expected encapsulated, got encapsulated with another packet',
    ],
    [
      'takes any key',
      gatewayWith({}),
      // What compares nothing finds every key equal.
      (view, packet) => {
        const answer = evaluateIn(around, view, packet);
        return answer.verdict === 'bad-key' ? { ...answer, verdict: 'decapsulated' } : answer;
      },
      'packet with a wrong key: expected bad-key, got decapsulated',
    ],
    [
      'takes what comes by a tunnel of others',
      { ...gatewayWith({}), tunnels: [tunnelOf(100), tunnelOf(200, { local: endpoint('172.1.0.9:6080') })] },
      withServices((row) => ({ ...row, tunnels: [100, 200, 0, 0] })),
      'packet by a tunnel of others: expected wrong-tunnel, got decapsulated',
    ],
    [
      'lets a key open another port',
      gatewayWith({}),
      (view, packet) => {
        const answer = evaluateIn(around, view, packet);
        return answer.verdict === 'wrong-endpoint' ? { ...answer, verdict: 'decapsulated' } : answer;
      },
      'reply from another port of the proxy address: expected wrong-endpoint, got decapsulated',
    ],
    [
      'learns a far end from whoever pings',
      gatewayWith({}, learned),
      withServices((row) => ({ ...row, tunnels: [100, 101, 0, 0] })),
      'ping for another tunnel: expected wrong-tunnel, got no-tunnel',
    ],
    [
      'touches what is nobody’s',
      gatewayWith({}),
      (view, packet) => {
        const answer = evaluateIn(around, view, packet);
        if (answer.verdict !== 'pass-not-ours') return answer;
        return { ...answer, frame: answer.frame.map((byte, at) => (at === 22 ? byte - 1 : byte)) };
      },
      'unrelated packet at ingress: expected pass-not-ours, got pass-not-ours with another packet',
    ],
    [
      'answers for ports that are no service’s',
      nodeWith({}),
      (view, packet) => {
        const answer = evaluateIn(around, view, packet);
        const isBeside = packet.direction === 'egress' && packet.frame[34] === 0 && packet.frame[35] === 81;
        return isBeside ? { ...answer, verdict: 'encapsulated' } : answer;
      },
      'packet from another port of the endpoint: expected pass-not-ours, got encapsulated',
    ],
    [
      'brings IPv6 to another endpoint',
      nodeWith({ proxy: endpoint('[2001:db8:5::5]:80'), endpoint: endpoint('[2001:db8:6::1]:80') }),
      withServices((row) => ({ ...row, endpointPort: 81 })),
      'request: expected decapsulated, got decapsulated with another packet',
    ],
  ])('%s', (_, topology, evaluate, expected) => {
    const { outcome } = applyOn(makeWorld(), topology, { evaluate });
    expect(outcome.result).toBe('not-activated');
    expect(outcome.problems[0]?.message).toContain(expected);
    expect(applyOn(makeWorld(), topology).outcome).toMatchObject({ result: 'applied', problems: [] });
  });

  test('expects a signed ping to be refused while the clock is behind the tunnel’s making', () => {
    const world = makeWorld();
    const ahead = now + 3_600_000_000_000n;
    const made = gatewayWith({}, required);
    const evaluate: Evaluator = (view, packet) => evaluateIn({ ...around, taiNs: () => ahead }, view, packet);
    expect(applyOn(world, made, { nowNs: ahead, evaluate }).outcome.result).toBe('applied');
    const changed = gatewayWith({ key: key('another') }, required);
    expect(applyOn(world, changed).outcome).toMatchObject({ result: 'applied', problems: [] });
  });

  test('is looked for among services that no change touches', () => {
    const services = Array.from({ length: 40 }, (_, at) =>
      serviceOf(at + 1, { proxy: endpoint(`10.5.0.1:${at + 1}`) }),
    );
    const base = { ...gatewayWith({}), services };
    const changed = {
      ...base,
      services: services.map((one) => (one.id === 1 ? { ...one, key: key('another') } : one)),
    };
    const probesOf = (probeLimit: number) => {
      const world = makeWorld();
      applyOn(world, base);
      const { outcome } = applyOn(world, changed, { probeLimit });
      expect(outcome).toMatchObject({ result: 'applied', problems: [] });
      return outcome.probes;
    };
    expect(probesOf(64)).toMatchObject({ services: 1, touched: 1, others: 16, mixed: 17 });
    expect(probesOf(Number.POSITIVE_INFINITY)).toMatchObject({ services: 1, touched: 1, others: 39, mixed: 40 });
    expect(probesOf(0)).toMatchObject({ services: 0, touched: 1, others: 0, mixed: 'no service is to be probed' });
    const everywhere = Number.POSITIVE_INFINITY;
    const world = makeWorld();
    applyOn(world, base);
    const evaluate = withServices((row) => (row.proxyPort === 23 ? { ...row, protocol: 17 } : row));
    expect(applyOn(world, changed, { probeLimit: everywhere, evaluate }).outcome.problems).toMatchObject([
      { code: 'probe-failed', message: expect.stringContaining('(2/23), reply: expected decapsulated') },
    ]);
  });

  test.each<[what: string, before: Partial<Tunnel>, after: Partial<Tunnel>]>([
    [
      'a prefix that may ping no more',
      { allowFrom: prefixes('10.1.0.0/16', '10.2.0.0/16') },
      { allowFrom: prefixes('10.1.0.0/16') },
    ],
    ['a tunnel that may move less often', {}, { movesPerMinute: 3 }],
    ['a tunnel whose far end moves', {}, { remote: endpoint('172.1.0.8:6080') }],
  ])('is looked for among the services of %s', (_, before, after) => {
    const topology = (more: Partial<Tunnel>): Topology => ({
      ...gatewayWith({}, { ...learned, ...more }),
      tunnels: [tunnelOf(100, { ...learned, ...more }), tunnelOf(101)],
      services: [1, 2, 3].map((id) =>
        serviceOf(id, { proxy: endpoint(`10.5.0.${id}:80`), tunnels: [id === 3 ? 101 : 100] }),
      ),
    });
    const world = makeWorld();
    applyOn(world, topology(before));
    expect(applyOn(world, topology(after)).outcome.probes).toMatchObject({ services: 2, touched: 2, others: 1 });
  });
});
