// Metrics of a daemon on a real kernel, scraped while packets pass: the figures of `stats`, and nothing lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../support/http.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { scrapeUnderTraffic, startWatch, type Watched } from '../support/lab-metrics.ts';
import { apply, echo, second, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { unharmed } from '../support/lab-traffic.ts';
import { bearable } from '../support/patience.ts';

describe.skipIf(whyNoLab())('a daemon with metrics', () => {
  let lab: Lab;
  let watched: Watched;
  beforeAll(async () => {
    lab = await raiseLab();
    const services = [web, second, echo];
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services });
    const text = topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services });
    watched = await startWatch(lab, 'gateway1', lab.write('gateway1.yaml', text));
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('is ready once its first run has ended', async () => {
    expect(await get(watched.socket, '/readyz')).toMatchObject({ status: 200 });
  });

  test('scraped all the time loses no packet, counts no counter backwards, and has the figures of stats', async () => {
    const scraped = await scrapeUnderTraffic(lab, watched, bearable(5000));
    expect(scraped).toMatchObject({ flow: unharmed, backwards: [], different: [] });
    expect(scraped.scrapes).toBeGreaterThan(3);
    expect(scraped.compared).toBeGreaterThan(60);
    expect(scraped.packets).toBeGreaterThanOrEqual(bearable(5000) * 3);
  });

  test('answers the commands that talk to it, and says what status says', async () => {
    const instance = lab.instance('gateway1');
    const reconciled = await lab.trueingress('gateway1', ['reconcile', '--now', '--json']);
    expect(reconciled.code).toBe(0);
    expect(JSON.parse(reconciled.stdout)).toMatchObject({ instance, run: { result: 'converged', reason: 'asked' } });
    const status = await lab.trueingress('gateway1', ['status', '--json', '-i', instance]);
    const document = JSON.parse(status.stdout);
    expect(document.daemon).toMatchObject({ pid: watched.process.pid, ready: true, listen: `unix:${watched.socket}` });
    expect(JSON.parse((await get(watched.socket, '/status')).body)).toMatchObject({ kind: 'Status', instance });
    expect((await lab.trueingress('gateway1', ['events', '-n', '3'])).stdout).toContain('reconciled');
  });

  test('killed outright leaves a socket that the next one takes over, and refuses a second one while it lives', async () => {
    await watched.process.end('SIGKILL');
    expect((await lab.trueingress('gateway1', ['events', '-i', lab.instance('gateway1')])).code).toBe(66);
    const file = `${lab.directory}/gateway1.yaml`;
    watched = await startWatch(lab, 'gateway1', file);
    expect((await lab.trueingress('gateway1', ['events'])).code).toBe(0);
    const refused = await lab.trueingress('gateway1', ['watch', '-f', file]);
    expect(refused.code).toBe(75);
    expect(refused.stderr).toContain(`pid ${watched.process.pid}`);
    expect((await watched.process.end('SIGTERM')).code).toBe(0);
    expect((await lab.trueingress('gateway1', ['suspend'])).code).toBe(66);
  });
});
