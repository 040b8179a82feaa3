// Tunnels that were made while the clock was ahead: an epoch never goes back, and a ping that was signed before its tunnel was made is
// refused, so that until the clock has come there no signed ping is taken.
import { type Problem, problem } from '../problem.ts';
import type { Topology } from '../topology/topology.ts';

/** Both ends' clocks may differ by that much anyway. */
const toleratedNs = 60_000_000_000n;

/** @param epochs by tunnel id @param nowNs CLOCK_REALTIME */
export function epochWarnings(
  { tunnels, name }: Pick<Topology, 'tunnels' | 'name'>,
  epochs: ReadonlyMap<number, { readonly epoch: bigint }>,
  nowNs: bigint,
): Problem[] {
  const ahead = tunnels.filter(({ id }) => (epochs.get(id)?.epoch ?? 0n) > nowNs + toleratedNs);
  const [first, ...others] = ahead;
  if (!first) return [];
  const until = new Date(Number((epochs.get(first.id)?.epoch ?? 0n) / 1_000_000n)).toISOString();
  const more = others.length ? ` and ${others.length} more` : '';
  const isSigned = ahead.some(({ sign }) => sign !== 'none');
  const what = isSigned
    ? 'signed pings are refused (ping-replayed) until then'
    : 'signed pings would be refused until then';
  return [
    problem(
      'clock-behind',
      `tunnel ${first.id}${more} ${others.length ? 'were' : 'was'} made when this clock said ${until}: ${what}`,
      {
        place: first.place,
        hint: `set the clock right; then \`trueingress remove -i ${name} --yes\` and \`trueingress apply\` make tunnels of today, which nodes must ping again`,
      },
      'warning',
    ),
  ];
}
