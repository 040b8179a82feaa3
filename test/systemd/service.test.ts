// The units of packaging/systemd under real systemd, as the first process of namespaces of its own on a gateway of the lab, while a
// client's datagrams go through the tunnel: none of them may be lost, whatever happens to the service.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { apply, echo, second, topologyText, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import { type Flow, fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';
import { bootSystemd, type SystemdHost, systemdVersions } from '../support/systemd.ts';

const unit = 'trueingress@edge.service';
const file = '/etc/trueingress/edge.yaml';
const page = 'http://5.5.5.5:3100/';
const { own, fetched } = systemdVersions();
const versions = [...(own === undefined ? [] : [undefined]), ...fetched];

test.skipIf(process.env.REQUIRE_KERNEL !== '1')('there is a systemd that knows Type=notify-reload', () => {
  expect(Math.max(own ?? 0, ...fetched)).toBeGreaterThanOrEqual(253);
});

describe.skipIf(whyNoLab() !== undefined || versions.length === 0).each(versions.map((version) => ({ version })))(
  'under systemd $version',
  ({ version }) => {
    let lab: Lab;
    let systemd: SystemdHost;
    let flow: Flow;
    const gatewayFile = (services: readonly WrittenService[]): string =>
      topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services });
    const state = async (): Promise<Record<string, string>> =>
      await systemd.properties(unit, ['ActiveState', 'SubState', 'MainPID', 'StatusText', 'NRestarts', 'Result']);
    const generation = async (): Promise<number> => {
      const { stdout } = await lab.trueingress('gateway1', ['status', '--json', '-i', lab.instance('gateway1')]);
      return JSON.parse(stdout).live?.generation;
    };

    beforeAll(async () => {
      lab = await raiseLab();
      await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web, echo, second] });
      systemd = await bootSystemd(lab, {
        host: 'gateway1',
        version,
        files: {
          'etc/trueingress/edge.yaml': gatewayFile([web, echo]),
          // Short enough to see a beat missed.
          'etc/systemd/system/trueingress@.service.d/test.conf':
            '[Service]\nWatchdogSec=4s\nStandardError=append:/run/log-of-the-service\n',
        },
      });
    });
    afterAll(async () => {
      await systemd?.end();
      await lab?.destroy();
    });

    test('a oneshot applies at boot, inside the sandbox', async () => {
      expect(await systemd.systemctl(['start', 'trueingress-apply@edge'])).toMatchObject({ code: 0 });
      expect((await systemd.properties('trueingress-apply@edge', ['ActiveState', 'SubState'])).SubState).toBe('exited');
      expect((await fetchPage(lab, page)).status).toBe(200);
      flow = await startFlow(lab, {
        to: '5.5.5.5:3100',
        at: 'node1',
        endpoint: '1.1.1.1:4000',
        perSecond: 500,
        count: 1_000_000,
        seconds: 240,
      });
    });

    test('start returns when the host is as the file says, with no more capabilities than the unit gives', async () => {
      expect(await systemd.systemctl(['start', unit])).toMatchObject({ code: 0 });
      const { MainPID, ...rest } = await state();
      expect(rest).toMatchObject({
        ActiveState: 'active',
        SubState: 'running',
        StatusText: 'generation 1, as the files say',
      });
      const status = await systemd.read(`/proc/${MainPID}/status`);
      // CAP_NET_ADMIN 12, CAP_SYS_ADMIN 21, CAP_PERFMON 38, CAP_BPF 39.
      const wanted = ((1n << 12n) | (1n << 21n) | (1n << 38n) | (1n << 39n)).toString(16).padStart(16, '0');
      expect(status).toContain(`CapBnd:\t${wanted}\n`);
      expect(status).toContain(`CapEff:\t${wanted}\n`);
      expect(status).toContain('NoNewPrivs:\t1\n');
    });

    test('reload reads the file again, and returns when what it says is live', async () => {
      await systemd.write(file, gatewayFile([web, echo, second]));
      expect(await systemd.systemctl(['reload', unit])).toMatchObject({ code: 0 });
      // Older ones return when the signal is sent.
      if (systemd.version < 253) await expect.poll(generation, soon).toBe(2);
      expect(await generation()).toBe(2);
      expect(await state()).toMatchObject({ ActiveState: 'active', SubState: 'running' });
      expect((await state()).StatusText).toBe('generation 2, as the files say');
    });

    test('a bad file keeps what is live, and the status line says so', async () => {
      await systemd.write(file, 'role: gatewai\n');
      expect(await systemd.systemctl(['reload', unit])).toMatchObject({ code: 0 });
      await expect
        .poll(async () => (await state()).StatusText, soon)
        .toMatch(/^generation 2 goes on; held: .*edge\.yaml/);
      expect(await state()).toMatchObject({ ActiveState: 'active', SubState: 'running' });
      expect(await generation()).toBe(2);
    });

    test('killed with a bad file in place it comes back and is ready, since something is live', async () => {
      const { MainPID = '' } = await state();
      await systemd.kill(MainPID, 'KILL');
      await expect.poll(state, soon).toMatchObject({
        ActiveState: 'active',
        SubState: 'running',
        NRestarts: '1',
        StatusText: expect.stringContaining('held'),
      });
      await systemd.write(file, gatewayFile([web, echo]));
      await expect.poll(generation, soon).toBe(3);
    });

    test('a daemon that does not beat is ended and started again', async () => {
      const { MainPID = '' } = await state();
      await systemd.kill(MainPID, 'STOP');
      await expect
        .poll(state, { ...soon, timeout: 60_000 })
        .toMatchObject({ ActiveState: 'active', SubState: 'running', NRestarts: '2' });
      expect((await state()).MainPID).not.toBe(MainPID);
    });

    test('stop ends the daemon properly and takes nothing off', async () => {
      expect(await systemd.systemctl(['stop', unit])).toMatchObject({ code: 0 });
      expect(await state()).toMatchObject({ ActiveState: 'inactive', Result: 'success' });
      expect((await fetchPage(lab, page)).status).toBe(200);
      expect(await systemd.systemctl(['stop', 'trueingress-apply@edge'])).toMatchObject({ code: 0 });
      expect(await systemd.systemctl(['restart', unit])).toMatchObject({ code: 0 });
    });

    test('of all the datagrams meanwhile none was lost', async () => {
      const result = await flow.stop();
      console.log(`systemd ${systemd.version}: ${result.requests.sent} datagrams in ${result.milliseconds} ms`);
      expect(result).toMatchObject(unharmed);
      expect(result.requests.sent).toBeGreaterThan(1000);
    });
  },
);
