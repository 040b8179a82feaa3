// Pings that say who sent them: signed, from where they may come, and not too often. node2 sits behind a NAT.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addresses } from '../support/lab-network.ts';
import { apply, hidden, ping, tunnel101, verdict, type WrittenTunnel } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';

const secret = { key: 'not-on-the-wire' };
const page = `http://${hidden.proxy}/`;
const port = 6080;

describe.skipIf(whyNoLab())('a tunnel with signed pings', () => {
  let lab: Lab;
  const gateway = async (more: Partial<WrittenTunnel> = {}): Promise<void> => {
    const signed = { ...tunnel101.gateway, sign: { ...secret, required: true } };
    await apply(lab, 'gateway1', { tunnels: [{ ...signed, ...more }], services: [hidden] });
  };
  const node = async (more: Partial<WrittenTunnel> = { sign: secret }): Promise<void> => {
    await apply(lab, 'node2', { tunnels: [{ ...tunnel101.node, ...more }], services: [{ ...hidden, tunnel: 1 }] });
  };
  const counted = async (name: string): Promise<number> => await verdict(lab, 'gateway1', 'ingress', name);
  /** A packet may be on its way still when its sender has ended. */
  const countsSoon = async (name: string, packets: number): Promise<void> =>
    await expect.poll(() => counted(name), soon).toBe(packets);
  const takenPings = async (): Promise<number> => (await counted('ping-accepted')) + (await counted('ping-moved'));
  /** What `trueingress ping` puts on the wire, as the gateway sees it. */
  const recordPing = async (): Promise<Buffer> => {
    const capture = await lab.capture('wire', 'u-gateway1', `udp and dst host ${addresses.gateway1}`);
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    const { frames } = await capture.stop();
    const [frame] = frames.filter(({ kind }) => kind === 'gue-ping');
    if (frame === undefined) throw new Error('no ping came by');
    return frame.bytes.subarray(14 + 20 + 8);
  };
  beforeAll(async () => {
    lab = await raiseLab();
    await gateway();
    await node();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('is learned from them, and the secret is not in what the wire carries', async () => {
    const payload = await recordPing();
    expect(payload).toHaveLength(44);
    expect(payload.subarray(0, 4).toString('hex')).toBe('2a01a000');
    expect(payload.toString('latin1')).not.toContain('not-on');
    await countsSoon('ping-accepted', 1);
    expect((await fetchPage(lab, page)).body).toContain('Hello from node2');
  });

  test('refuses a recorded ping that another host sends again, also after the gateway was set up anew', async () => {
    const recorded = await recordPing();
    const before = await counted('ping-replayed');
    await lab.datagram('gateway2', addresses.gateway1, port, recorded);
    await countsSoon('ping-replayed', before + 1);
    expect((await fetchPage(lab, page)).body).toContain('Hello from node2');

    expect(await lab.trueingress('gateway1', ['remove', '-i', lab.instance('gateway1'), '--yes'])).toMatchObject({
      code: 0,
    });
    await gateway();
    await lab.datagram('gateway2', addresses.gateway1, port, recorded);
    await countsSoon('ping-replayed', 1);
    expect(await counted('ping-accepted')).toBe(0);
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    expect((await fetchPage(lab, page)).body).toContain('Hello from node2');
  });

  test('refuses pings that are not signed, or signed with another secret', async () => {
    const refused = await counted('ping-refused');
    await node({});
    await ping(lab, 'node2');
    await countsSoon('ping-refused', refused + 1);
    const badly = await counted('bad-signature');
    await node({ sign: { key: 'another-secret' } });
    await ping(lab, 'node2');
    await countsSoon('bad-signature', badly + 1);
    await node();
  });

  test('takes pings only from where they may come', async () => {
    await gateway({ allowFrom: ['203.0.113.0/24', '10.0.0.0/8'] });
    const before = await counted('ping-refused');
    await ping(lab, 'node2');
    await countsSoon('ping-refused', before + 1);
    await gateway({ allowFrom: ['203.0.113.0/24', `${addresses.router}/32`] });
    const taken = await takenPings();
    await ping(lab, 'node2');
    await expect.poll(takenPings, soon).toBe(taken + 1);
  });

  test('follows a node no more often than it may move', async () => {
    await gateway({ movesPerMinute: 2 });
    const taken = await takenPings();
    await ping(lab, 'node2');
    await expect.poll(takenPings, soon).toBe(taken + 1);
    const moved = await counted('ping-moved');
    for (const _ of [1, 2]) {
      await lab.moveNat();
      await ping(lab, 'node2');
    }
    await countsSoon('ping-moved', moved + 2);
    await lab.moveNat();
    await ping(lab, 'node2');
    await countsSoon('ping-limited', 1);
    expect(await counted('ping-moved')).toBe(moved + 2);
  });
});
