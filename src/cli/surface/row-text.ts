// The families that have series for each service and tunnel, as bytes of the Prometheus text format. Through prom-client, 10,000
// services cost 0.7 s and 100 MB a scrape; as one long string still several times what these bytes do. Labels here are
// numbers and words of ours, in ASCII: nothing to escape.
import type { RowCount, Stats } from '../../reconcile/stats.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import { type MetricName, metricFamilies, mostNamed } from './metric-families.ts';

export const rowFamilies: ReadonlySet<MetricName> = new Set([
  'trueingress_service_packets_total',
  'trueingress_service_bytes_total',
  'trueingress_tunnel_packets_total',
  'trueingress_tunnel_bytes_total',
]);

/** `labels` of a series without its hook, and what it counts at one. */
interface Series {
  readonly labels: string;
  readonly count: (row: RowCount) => bigint;
}

const packetSeries: readonly Series[] = [
  { labels: ',outcome="passed"', count: ({ packets }) => packets },
  { labels: ',outcome="dropped"', count: ({ droppedPackets }) => droppedPackets },
];
const byteSeries: readonly Series[] = [{ labels: '', count: ({ bytes }) => bytes }];

/** Behind `before`. Of no stats the families alone. */
export function rowText(stats: Stats | undefined, before = ''): Uint8Array {
  const services = (stats?.services ?? []).slice(0, mostNamed.services);
  const tunnels = (stats?.tunnels ?? []).slice(0, mostNamed.tunnels);
  const text = new Text((services.length + tunnels.length) * bytesOfRow, before);
  const write = <T extends Readonly<Record<Direction, RowCount>>>(
    name: MetricName,
    rows: readonly T[],
    labelOf: (row: T) => string,
    series: readonly Series[],
  ): void => {
    text.write(`# HELP ${name} ${metricFamilies[name].help}\n# TYPE ${name} counter\n`);
    for (const row of rows) {
      const label = labelOf(row);
      for (const hook of directions)
        for (const { labels, count } of series)
          text.write(`${name}{${label},hook="${hook}"${labels}} ${Number(count(row[hook]))}\n`);
    }
    text.write('\n');
  };
  const ofService = ({ group, id }: Stats['services'][number]): string => `service="${group}/${id}"`;
  const ofTunnel = ({ id }: Stats['tunnels'][number]): string => `tunnel="${id}"`;
  write('trueingress_service_packets_total', services, ofService, packetSeries);
  write('trueingress_service_bytes_total', services, ofService, byteSeries);
  write('trueingress_tunnel_packets_total', tunnels, ofTunnel, packetSeries);
  write('trueingress_tunnel_bytes_total', tunnels, ofTunnel, byteSeries);
  return text.bytes();
}

/** Six lines of some 80 characters; more is made room for. */
const bytesOfRow = 500;
const bytesOfHeads = 2048;

/** Lines as they are written, in bytes. */
class Text {
  #buffer: Buffer;
  #length: number;

  constructor(bytes: number, before: string) {
    this.#buffer = Buffer.allocUnsafe(Buffer.byteLength(before) + bytesOfHeads + bytes);
    this.#length = this.#buffer.write(before);
  }

  write(line: string): void {
    if (this.#length + line.length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2 + line.length);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(line, this.#length, 'latin1');
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
