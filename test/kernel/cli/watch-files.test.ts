// P14 with the real daemon: for every write pattern the last content is live after the last write, and none is missed. No interval
// helps: what the daemon missed would never come. Several daemons at once, each over an instance of its own, so that this says nothing
// of the time on a machine of one's own: `make evidence` does.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import type { Datapath } from '../../../src/datapath/port.ts';
import { findLive } from '../../../src/reconcile/live.ts';
import { tunnel } from '../../../src/tables/tunnel.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../../support/netns.ts';
import { patience } from '../../support/patience.ts';
import { type Pattern, patterns } from '../../support/write-patterns.ts';
import { CommandLine } from './command.ts';
import { until, Watching } from './watch.ts';

const rounds = Number(process.env.ROUNDS ?? 20);
const atOnce = 5;
const remote = (round: number): string => `172.1.${1 + (round >> 8)}.${round & 255}`;

/** Interface and endpoints of its own for each instance, so that none waits for another. */
const text = (instance: number, round: number): string => `apiVersion: trueingress/v1
name: pattern-${instance}
role: gateway
interfaces: [eth${instance}]
tunnels:
  - {id: 100, local: '172.1.0.4:${6080 + instance}', remote: '${remote(round)}:6080'}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.${instance + 1}:3100', tunnel: 100, key: Pa55w0rd}
`;

describe.skipIf(whyNoKernel() !== undefined)('P14 watched files', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let datapath: Datapath;
  beforeAll(() => {
    place = openPrivatePlace();
    for (const at of patterns.keys()) place.addInterface(`eth${at}`);
    cli = new CommandLine(place);
    datapath = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
  });
  afterAll(() => {
    datapath?.close();
    cli?.close();
    place?.close();
  });

  /** From the rows that the hooks run. */
  const liveRemote = (instance: number): string | undefined => {
    const name = `pattern-${instance}`;
    const { slot, state } = findLive(datapath.observe(name));
    if (!slot || state !== 'running') return undefined;
    const { values, count } = datapath.readRows(name, slot.name, 'tunnel');
    return count === 1 ? tunnel.value.decode(values).remoteIp : undefined;
  };

  /** How long after the last write the content was live, round by round. */
  async function play(pattern: Pattern, instance: number): Promise<number[]> {
    const base = join(cli.directory, `pattern-${instance}`);
    mkdirSync(base);
    const watched = pattern.prepare(base, text(instance, 0));
    const ownLocks = ['--run-dir', join(place.runDirectory, String(instance))];
    const daemon = new Watching(cli, ['-f', watched, '--interval', '24h'], ownLocks);
    const tookMs: number[] = [];
    // Asking the kernel costs more than the daemon does: it is asked when the daemon says that it did something.
    let asked = -1;
    const isLive = (round: number) => (): boolean => {
      if (daemon.told.length === asked) return false;
      asked = daemon.told.length;
      return liveRemote(instance) === remote(round);
    };
    try {
      await until(`the first content of "${pattern.name}" is live`, isLive(0));
      for (let round = 1; round <= rounds; round++) {
        await pattern.write(base, text(instance, round), round);
        const what = `round ${round} of "${pattern.name}" is live`;
        tookMs.push(await until(what, isLive(round)));
      }
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}; the daemon: ${daemon.lastWords()}`);
    } finally {
      await daemon.end();
      pattern.clean?.(base);
      await cli.run(['remove', '-i', `pattern-${instance}`, '--yes', ...cli.place, ...ownLocks]);
    }
    return tookMs;
  }

  const groups = Array.from({ length: Math.ceil(patterns.length / atOnce) }, (_, at) =>
    patterns.slice(at * atOnce, (at + 1) * atOnce),
  );
  test.each(groups.map((group, at) => [group.map(({ name }) => name).join('; '), at] as const))(
    '%s',
    async (_, at) => {
      const group = groups[at] ?? [];
      const took = await Promise.all(group.map((pattern, index) => play(pattern, at * atOnce + index)));
      for (const [index, all] of took.entries()) {
        console.info(`${group[index]?.name}: ${all.length} rounds, worst ${Math.max(...all).toFixed(0)} ms`);
        expect(all).toHaveLength(rounds);
      }
    },
    300_000 * patience,
  );
});
