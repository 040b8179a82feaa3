// What `trace` says of real packets, beside what was captured of them; and what it leaves behind.
import { raiseLab } from '../support/lab.ts';
import { everyMap, tracePage } from '../support/lab-traced.ts';
import { type Evidence, median, tally } from './evidence.ts';

const packets = [
  'tcp 10.0.0.2:40000 > 5.5.5.5:3100',
  'tcp 5.5.5.5:3100 > 10.0.0.2:40000 in tunnel 100 key wrong',
  'ping tunnel 100',
];

export async function measureTrace(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const traced = await tracePage(lab);
    const equal = traced.filter(({ seen, traced }) => seen === traced).length;
    const before = await everyMap(lab);
    const codes: number[] = [];
    for (const packet of packets)
      codes.push((await lab.trueingress('gateway1', ['trace', packet, '-i', lab.instance('gateway1')])).code);
    const isUntouched = (await everyMap(lab)) === before;
    return [
      {
        promise: 'trace says what becomes of a packet, and leaves no trace',
        figures:
          `${equal} of ${traced.length} captured packets equal to the last byte (${tally(traced.map(({ verdict }) => verdict))}); ` +
          `maps before and after ${packets.length} more traces (exit ${tally(codes)}): ${isUntouched ? 'equal' : 'different'}, ` +
          `${before.length} characters of dumps; median ${Math.round(median(traced.map(({ milliseconds }) => milliseconds)))} ms a command`,
        holds: traced.length > 4 && equal === traced.length && isUntouched && codes.every((code) => code === 0),
      },
    ];
  } finally {
    await lab.destroy();
  }
}
