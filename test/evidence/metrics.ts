// Metrics: the figures of `stats` while packets pass, and what a scrape costs at 10,000 services.

import { get, samplesIn } from '../support/http.ts';
import { raiseLab } from '../support/lab.ts';
import { scrapeUnderTraffic, startWatch } from '../support/lab-metrics.ts';
import { apply, echo, second, topologyText, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import { describeWay } from '../support/lab-traffic.ts';
import { type Evidence, median } from './evidence.ts';

const services = 10_000;
const scrapes = 20;
const perSecond = 20_000;

export async function measureMetrics(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web, second, echo] });
    const file = lab.write(
      'gateway1.yaml',
      topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web, second, echo] }),
    );
    const few = await startWatch(lab, 'gateway1', file);
    const scraped = await scrapeUnderTraffic(lab, few, perSecond);
    await few.process.end();
    lab.write('gateway1.yaml', topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: many() }));
    const watched = await startWatch(lab, 'gateway1', file);
    const cost = await costOf(watched.socket);
    const { flow } = scraped;
    return [
      {
        promise: 'a scrape has the figures of `stats`, also while packets pass',
        figures:
          `${scraped.scrapes} scrapes under ${perSecond}/s: requests ${describeWay(flow.requests)}; replies ${describeWay(flow.replies)}; ` +
          `${scraped.packets} encapsulated; counters that went back ${scraped.backwards.length}; ` +
          `${scraped.compared} figures of \`stats --json\` compared, ${scraped.different.length} different`,
        holds:
          scraped.compared > 60 &&
          scraped.packets >= flow.requests.sent &&
          scraped.different.length + scraped.backwards.length + flow.requests.lost + flow.replies.lost === 0,
      },
      {
        promise: `a scrape at ${services} services takes less than a second`,
        figures:
          `${scrapes} scrapes: median ${median(cost.ms).toFixed(0)} ms, worst ${Math.max(...cost.ms).toFixed(0)} ms, CPU of the daemon ` +
          `${cost.cpuMs.toFixed(0)} ms each, of which reading the kernel ${cost.kernelMs.toFixed(0)} ms; ` +
          `${cost.series} series in ${(cost.bytes / 1e6).toFixed(1)} MB; daemon ${(cost.rssBytes / 1e6).toFixed(0)} MB resident`,
        holds: Math.max(...cost.ms) < 1000 && cost.series > services * 6,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

async function costOf(socket: string) {
  const ms: number[] = [];
  let bytes = 0;
  let first = new Map<string, number>();
  let last = new Map<string, number>();
  for (let round = 0; round <= scrapes; round++) {
    const start = performance.now();
    const { body } = await get(socket, '/metrics');
    // The first one reads the tables of the generation.
    if (round > 0) ms.push(performance.now() - start);
    bytes = body.length;
    last = samplesIn(body);
    if (round === 0) first = last;
  }
  const of = (samples: Map<string, number>, name: string): number => samples.get(name) ?? Number.NaN;
  const cpu = 'process_cpu_seconds_total';
  return {
    ms,
    bytes,
    series: last.size,
    cpuMs: ((of(last, cpu) - of(first, cpu)) * 1000) / scrapes,
    kernelMs: of(last, 'trueingress_kernel_read_seconds') * 1000,
    rssBytes: of(last, 'process_resident_memory_bytes'),
  };
}

function many(): WrittenService[] {
  return Array.from({ length: services }, (_, at) => ({
    ...web,
    name: `service-${at}`,
    group: 10 + Math.floor(at / 1000),
    id: (at % 1000) + 1,
    proxy: `5.6.${Math.floor(at / 100)}.1:${10_000 + (at % 100)}`,
    key: `key-${at}`,
  }));
}
