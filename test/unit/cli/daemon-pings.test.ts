// Which pings the daemon sends, over the memory datapath: what is live says so, and is read once for each generation.
import { describe, expect, test } from 'vitest';
import { startDaemonPings } from '../../../src/cli/daemon-pings.ts';
import { daemonByHand } from './daemon-by-hand.ts';
import { appliedGateway, nodeText, TestHost } from './harness.ts';

const pinging = nodeText
  .replace('    remoteId: 7\n', '    remoteId: 7\n    ping: {interval: 10s}\n')
  .replace('remote: 172.1.0.5:6080\n', 'remote: 172.1.0.5:6080\n    ping: {interval: 20s}\n');

async function applied(text: string, host = new TestHost()): Promise<TestHost> {
  host.files.set('node.yaml', text);
  const { code, stderr } = await host.run(['apply', '-f', 'node.yaml']);
  if (code !== 0) throw new Error(stderr);
  return host;
}

function started(host: TestHost) {
  const scene = daemonByHand(host);
  startDaemonPings(scene.invocation, scene.daemon, scene.clock);
  const sent = (): string[] => host.datagrams.splice(0).map(({ from, to }) => `${from} > ${to}`);
  return { ...scene, sent };
}

const one = '172.1.0.3:6080 > 172.1.0.4:6080';
const other = '172.1.0.3:6080 > 172.1.0.5:6080';
const hooksPutBack = { changes: { add: 0, change: 0, delete: 0, hooks: 1 } };

describe('the daemon of a node', () => {
  test('pings each tunnel when it has started, and then at the interval of each, from the tunnel’s own endpoint', async () => {
    const { clock, run, sent } = started(await applied(pinging));
    await run('converged', 1);
    expect(sent()).toEqual([one, other]);
    await clock.pass(40_000);
    expect(sent().sort()).toEqual([one, one, one, one, other, other]);
  });

  test('goes on with the pings that it knows when a look fails as nobody foresaw, and says so', async () => {
    const scene = daemonByHand(await applied(pinging));
    const { environment } = scene.invocation;
    let isBroken = false;
    const openDatapath: typeof environment.openDatapath = async (options) => {
      if (isBroken) throw new Error('out of luck');
      return await environment.openDatapath(options);
    };
    startDaemonPings({ ...scene.invocation, environment: { ...environment, openDatapath } }, scene.daemon, scene.clock);
    await scene.run('converged', 1);
    isBroken = true;
    await scene.run('converged', 2, hooksPutBack);
    const [last] = scene.log.events(1);
    expect(last).toMatchObject({ kind: 'ping-failed', message: expect.stringContaining('out of luck') });
    const before = scene.log.state.counts.pings;
    await scene.clock.pass(40_000);
    expect(scene.log.state.counts.pings).toBeGreaterThan(before);
  });

  test('reads rows once for each generation, however many runs and pings there are', async () => {
    const host = await applied(pinging);
    const { clock, run } = started(host);
    await run('converged', 1);
    const before = host.datapath;
    for (let runs = 0; runs < 5; runs++) {
      await run('converged', 1);
      await clock.pass(60_000);
    }
    expect(host.datapath).toBe(before);
    await applied(pinging.replace('10s', '5s'), host);
    const applying = host.datapath;
    await run('converged', 2);
    expect(host.datapath).not.toBe(applying);
  });

  test('pings at once after a change, and as the new generation says', async () => {
    const host = await applied(pinging);
    const { clock, run, sent } = started(host);
    await run('converged', 1);
    await clock.pass(3000);
    sent();
    await applied(pinging.replace('    ping: {interval: 20s}\n', ''), host);
    await run('converged', 2);
    expect(sent()).toEqual([one]);
    await clock.pass(60_000);
    expect(new Set(sent())).toEqual(new Set([one]));
  });

  test('pings at once when hooks were put back, or an address has changed', async () => {
    const { log, clock, run, sent } = started(await applied(pinging));
    await run('converged', 1);
    sent();
    await run('converged', 1, hooksPutBack);
    expect(sent()).toEqual([one, other]);
    await run('held', undefined, { ...hooksPutBack, good: 'converged' });
    expect(sent()).toEqual([one, other]);
    log.tell('interface', 'interfaces or addresses have changed');
    await clock.pass(0);
    expect(sent()).toEqual([one, other]);
  });

  test('pings although its first file is bad, and not more for every run that is held', async () => {
    const { run, sent } = started(await applied(pinging));
    await run('held');
    expect(sent()).toEqual([one, other]);
    await run('held');
    await run('failed');
    expect(sent()).toEqual([]);
  });

  test('goes on while runs are suspended, and follows what is applied by hand', async () => {
    const host = await applied(pinging);
    const { log, clock, run, sent } = started(host);
    await run('converged', 1);
    log.tell('suspended', 'suspended');
    await clock.pass(10_000);
    expect(sent()).toContain(one);
    await applied(pinging.replace('172.1.0.5:6080', '172.1.0.6:6080'), host);
    await clock.pass(15_000);
    sent();
    await clock.pass(40_000);
    expect(new Set(sent())).toEqual(new Set([one, '172.1.0.3:6080 > 172.1.0.6:6080']));
  });

  test('ends its pings when it stops', async () => {
    const { log, clock, run, sent } = started(await applied(pinging));
    await run('converged', 1);
    log.tell('suspended', 'suspended');
    log.tell('stopping', 'stopping');
    sent();
    await clock.pass(100_000);
    expect(sent()).toEqual([]);
  });

  test('sends none for tunnels without an interval, and a gateway none at all', async () => {
    for (const host of [await applied(nodeText), await appliedGateway()]) {
      const { clock, run, sent } = started(host);
      await run('converged', 1);
      await clock.pass(100_000);
      expect(sent()).toEqual([]);
    }
  });

  test('tells what was pinged and why, once for all tunnels', async () => {
    const { log, run } = started(await applied(pinging));
    await run('converged', 1);
    expect(log.events(10).map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'pinged: 2 tunnels: generation 1 is live',
    ]);
  });
});
