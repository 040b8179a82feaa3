// Series of services and tunnels: one line each, as many as are promised and no more.
import { expect, test } from 'vitest';
import { mostNamed } from '../../../src/cli/surface/metric-families.ts';
import { rowText } from '../../../src/cli/surface/row-text.ts';
import type { RowCount, Stats } from '../../../src/reconcile/stats.ts';
import { samplesIn } from '../../support/http.ts';

const count = (packets: bigint): RowCount => ({
  packets,
  bytes: packets * 100n,
  droppedPackets: 1n,
  droppedBytes: 60n,
});

function statsOf(services: number, tunnels: number): Stats {
  return {
    instance: 'epic-1',
    hooks: { ingress: {}, egress: {} },
    services: Array.from({ length: services }, (_, at) => ({
      group: at >> 8,
      id: at & 255,
      ingress: count(BigInt(at)),
      egress: count(2n ** 53n - 1n),
    })),
    tunnels: Array.from({ length: tunnels }, (_, at) => ({ id: at + 1, ingress: count(3n), egress: count(4n) })),
  };
}

const text = (stats: Stats | undefined): string => Buffer.from(rowText(stats)).toString();

test('each service has six series, each tunnel six, with what it counted', () => {
  expect(Object.fromEntries(samplesIn(text(statsOf(1, 1))))).toEqual({
    'trueingress_service_packets_total{service="0/0",hook="ingress",outcome="passed"}': 0,
    'trueingress_service_packets_total{service="0/0",hook="ingress",outcome="dropped"}': 1,
    'trueingress_service_packets_total{service="0/0",hook="egress",outcome="passed"}': 2 ** 53 - 1,
    'trueingress_service_packets_total{service="0/0",hook="egress",outcome="dropped"}': 1,
    'trueingress_service_bytes_total{service="0/0",hook="ingress"}': 0,
    'trueingress_service_bytes_total{service="0/0",hook="egress"}': Number((2n ** 53n - 1n) * 100n),
    'trueingress_tunnel_packets_total{tunnel="1",hook="ingress",outcome="passed"}': 3,
    'trueingress_tunnel_packets_total{tunnel="1",hook="ingress",outcome="dropped"}': 1,
    'trueingress_tunnel_packets_total{tunnel="1",hook="egress",outcome="passed"}': 4,
    'trueingress_tunnel_packets_total{tunnel="1",hook="egress",outcome="dropped"}': 1,
    'trueingress_tunnel_bytes_total{tunnel="1",hook="ingress"}': 300,
    'trueingress_tunnel_bytes_total{tunnel="1",hook="egress"}': 400,
  });
});

test('those beyond the bounds have none, and every line is whole', () => {
  const lines = text(statsOf(mostNamed.services + 5, mostNamed.tunnels + 5))
    .trimEnd()
    .split('\n');
  const series = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(series).toHaveLength((mostNamed.services + mostNamed.tunnels) * 6);
  expect(
    series.filter((line) => !/^trueingress_(service|tunnel)_(packets|bytes)_total\{[^{}]+\} \d+(e\+\d+)?$/.test(line)),
  ).toEqual([]);
});

test('families are named when there is nothing to count', () => {
  expect(text(undefined).match(/^# TYPE /gm)).toHaveLength(4);
  expect(samplesIn(text(undefined)).size).toBe(0);
});
