// A script of cli_* lines brings up a gateway that carries traffic, and equals the file that it becomes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { gatewayScript, importScript, runOldScript } from '../support/lab-old-tools.ts';
import type { Finished } from '../support/lab-process.ts';
import { applyAll, hidden, ping, topologyText, tunnel100, tunnel101, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab())('an old script', () => {
  let lab: Lab;
  let ran: Finished;
  beforeAll(async () => {
    lab = await raiseLab();
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: [web] },
      node2: { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] },
    });
    ran = await runOldScript(lab, 'gateway1', gatewayScript(lab));
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const changes = async (file: string) =>
    (await lab.trueingress('gateway1', ['plan', '-f', file, '--detailed-exitcode'])).code;

  test('runs to its end and prints the lines that it greps', () => {
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(`TUNNEL.SET (100)\t\tOK
TUNNEL.SET (101)\t\tOK
TUN\t     100\t       172.1.0.4:6080 -> 172.1.0.3:6080
TUN\t     101\t       172.1.0.4:6080 -> 0.0.0.0:0
ENCAP.SET (tcp 5.5.5.5:3100) 0\t\tOK
VERIFY.SET (1, 2)\t\tOK
ENCAP.SET (tcp 5.5.5.6:3100) 0\t\tOK
VERIFY.SET (4, 2)\t\tOK
`);
  });

  test('gives the rows of the file that says the same, and of the file that import makes of it', async () => {
    const parts = { tunnels: [tunnel100.gateway, tunnel101.gateway], services: [web, hidden] };
    expect(await changes(lab.write('same.yaml', topologyText(lab, 'gateway1', parts)))).toBe(0);
    const { file, said } = await importScript(lab, 'gateway1');
    expect([said.code, said.stderr]).toEqual([0, '']);
    expect(await changes(file)).toBe(0);
  });

  test('brings up a gateway: pages come, and a ping is learned', async () => {
    expect((await fetchPage(lab, 'http://5.5.5.5:3100/')).body).toContain('Hello from node1');
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    expect((await fetchPage(lab, 'http://5.5.5.6:3100/')).body).toContain('Hello from node2');
  });

  test('run again, it changes nothing and keeps what was learned', async () => {
    const again = await runOldScript(lab, 'gateway1', `${gatewayScript(lab)}cli_tunnel set 101 172.1.0.4 6080 0 0\n`);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/TUN\t {5}101\t {7}172\.1\.0\.4:6080 -> 172\.1\.0\.1:\d+\n/);
    expect((await fetchPage(lab, 'http://5.5.5.6:3100/')).body).toContain('Hello from node2');
  });

  test('a refused line is an error line, an exit code, and no change', async () => {
    const { code, stdout, stderr } = await runOldScript(lab, 'gateway1', 'cli_tunnel set 102 172.1.0.400 6080 0 0\n');
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/^TUNNEL\.SET \(102\)\t\tERR \(22\) 'Invalid argument'\n/);
    expect((await runOldScript(lab, 'gateway1', 'cli_tunnel get 102\n')).code).toBe(66);
  });

  test('scripts that run at once all have their say', async () => {
    const lines = [200, 201, 202, 203].map((id) => `cli_tunnel set ${id} 172.1.0.4 6080 0 0 &\n`).join('');
    expect((await runOldScript(lab, 'gateway1', `${lines}wait\n`)).code).toBe(0);
    const { stdout } = await runOldScript(lab, 'gateway1', 'cli_tunnel get all\n');
    expect(stdout.match(/^TUN.*/gm)).toHaveLength(6);
  });

  test('what it set is deleted again, services first', async () => {
    const lines = ['cli_service del all', 'cli_tunnel del all', 'cli_tunnel get all'];
    const { code, stdout } = await runOldScript(lab, 'gateway1', `${lines.join(' && ')}\n`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/VERIFY\.DEL \(all\)\t\tOK\nTUNNEL\.DEL \(all\)\t\tOK\n[\s\S]*Entries: {2}0\n/);
  });
});
