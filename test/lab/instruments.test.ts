// The lab itself, without the product: its instruments must be able to turn red before anybody believes their green.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { addresses } from '../support/lab-network.ts';
import { must } from '../support/lab-process.ts';
import { fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { bearable } from '../support/patience.ts';

describe.skipIf(whyNoLab())('lab instruments', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('a capture on the wire sees clear text when no program stops it', async () => {
    const capture = await lab.capture('wire', 'u-gateway1');
    const page = await fetchPage(lab, 'http://5.5.5.5:3100/', { timeoutMs: 500 });
    const { frames, missed } = await capture.stop();
    expect(page.error).toBeDefined();
    expect(missed).toBe(0);
    expect(clearText(frames).map(describeFrame)[0]).toMatch(/^ipv4 6 10\.0\.0\.2:\d+ > 5\.5\.5\.5:3100$/);
  });

  test('an HTTP server on a node answers with the address that it sees', async () => {
    const page = await fetchPage(lab, 'http://1.1.1.1:4000/', { from: 'node1' });
    expect(page).toMatchObject({ status: 200 });
    expect(page.body).toContain('Hello from node1');
  });

  test('masquerading changes the source port of node2, and again after the mapping moved', async () => {
    const portsSeen = async (): Promise<number[]> => {
      const capture = await lab.capture('wire', 'u-router', 'udp');
      // What a ping looks like to the NAT: a datagram from port 6080 to port 6080. Nobody listens, nobody answers.
      const flow = ['build/tools/udp-send', '-t', `${addresses.gateway1}:6080`, '-b', `${addresses.node2}:6080`];
      await lab.exec('node2', [...flow, '-r', '100', '-n', '3', '-s', '2']);
      const { frames } = await capture.stop();
      return frames.filter((frame) => frame.source === addresses.router).map((frame) => frame.sourcePort);
    };
    const before = await portsSeen();
    await lab.moveNat();
    const after = await portsSeen();
    expect(before.length).toBeGreaterThan(0);
    expect(after.length).toBeGreaterThan(0);
    for (const port of before) expect(port).toSatisfy((value: number) => value >= 20_000 && value <= 20_099);
    for (const port of after) expect(port).toSatisfy((value: number) => value >= 30_000 && value <= 30_099);
  });

  const perSecond = bearable(50_000);
  test(`a flow of ${perSecond.toLocaleString('en')} datagrams a second is counted both ways without loss over a plain path`, async () => {
    const flow = await startFlow(lab, {
      from: 'gateway1',
      to: `${addresses.node1}:4999`,
      at: 'node1',
      endpoint: `${addresses.node1}:4999`,
      perSecond,
      count: 2 * perSecond,
      seconds: 10,
    });
    const result = await flow.finished();
    expect(result).toMatchObject(unharmed);
    expect(result.requests.sent).toBe(2 * perSecond);
  });
});

describe.skipIf(whyNoLab())('a destroyed lab', () => {
  test('leaves no namespace, mount, file or process behind', async () => {
    const lab = await raiseLab();
    const { directory } = lab;
    const pid = Number(directory.split('/').at(-1));
    await lab.destroy();
    const namespaces = await must(['ip', 'netns', 'list']);
    expect(namespaces).not.toContain(`tilab-${pid}-`);
    expect(await must(['cat', '/proc/mounts'])).not.toContain(directory);
    expect(existsSync(directory)).toBe(false);
    // Its parent stays only for the labs of other runs.
    const parent = dirname(directory);
    if (existsSync(parent)) expect(readdirSync(parent)).not.toEqual([]);
    expect(childCommands().filter((line) => /server\.mjs|tcpdump|udp-s/.test(line))).toEqual([]);
  });
});

/** Command lines of this process's children. */
function childCommands(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readGone(`/proc/${pid}/status`).includes(`PPid:\t${process.pid}\n`))
    .map((pid) => readGone(`/proc/${pid}/cmdline`));
}

/** Empty when the process ended in between. */
function readGone(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
