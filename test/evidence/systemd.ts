// The daemon under real systemd, under traffic: reloaded, killed, restarted, stopped; what was lost, and what the sandbox leaves.
import { raiseLab } from '../support/lab.ts';
import { apply, echo, second, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { describeWay, startFlow } from '../support/lab-traffic.ts';
import { bootSystemd, systemdVersions } from '../support/systemd.ts';
import type { Evidence } from './evidence.ts';

const unit = 'trueingress@edge';
const file = '/etc/trueingress/edge.yaml';

export async function measureSystemd(): Promise<Evidence[]> {
  const { own, fetched } = systemdVersions();
  const version = fetched.at(-1);
  if (own === undefined && version === undefined)
    return [
      { promise: 'systemd', figures: 'not measured: no systemd here; make test-systemd fetches one', holds: false },
    ];
  const lab = await raiseLab();
  try {
    const text = (services: readonly (typeof web)[]): string =>
      topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services });
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web, echo, second] });
    const files = { 'etc/trueingress/edge.yaml': text([web, echo]) };
    const systemd = await bootSystemd(lab, { host: 'gateway1', version, files });
    try {
      const start = await systemd.systemctl(['start', unit]);
      const flow = await startFlow(lab, {
        ...{ to: '5.5.5.5:3100', at: 'node1', endpoint: '1.1.1.1:4000' },
        ...{ perSecond: 2000, count: 1_000_000, seconds: 60 },
      });
      await systemd.write(file, text([web, echo, second]));
      const reload = await systemd.systemctl(['reload', unit]);
      const { MainPID = '' } = await systemd.properties(unit, ['MainPID']);
      await systemd.kill(MainPID, 'KILL');
      let restarts = '0';
      for (let tries = 0; tries < 100 && restarts !== '1'; tries++) {
        const now = await systemd.properties(unit, ['NRestarts', 'ActiveState', 'SubState']);
        restarts = now.SubState === 'running' ? (now.NRestarts ?? '') : '0';
      }
      const restart = await systemd.systemctl(['restart', unit]);
      const stop = await systemd.systemctl(['stop', unit]);
      const { Result: result } = await systemd.properties(unit, ['Result']);
      const { requests, replies } = await flow.stop();
      const codes = [start, reload, restart, stop].map(({ code }) => code);
      return [
        {
          promise: 'whatever happens to the service, the datapath goes on',
          figures:
            `systemd ${systemd.version}: start, reload, restart, stop exit ${codes.join(', ')}; after SIGKILL ${restarts} restart; result ${result}; ` +
            `requests ${describeWay(requests)}; replies ${describeWay(replies)}`,
          holds:
            codes.every((code) => code === 0) &&
            restarts === '1' &&
            result === 'success' &&
            requests.lost + replies.lost + requests.duplicate + replies.duplicate === 0,
        },
      ];
    } finally {
      await systemd.end();
    }
  } finally {
    await lab.destroy();
  }
}
