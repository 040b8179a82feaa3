// Datagrams that a sender leaves to the kernel to cut (UDP_SEGMENT), as QUIC servers do, through a tunnel. A veth passes them uncut, and
// a kernel that cuts them behind the tunnel's end loses them: doctor names it, and what it says to type helps.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { families } from '../support/lab-network.ts';
import { applyBoth, echo, inFamily } from '../support/lab-topology.ts';
import { startFlow } from '../support/lab-traffic.ts';

const count = 320;

describe.skipIf(whyNoLab())('UDP that the kernel cuts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await applyBoth(
      lab,
      families.map((inner) => inFamily({ ...echo, endpoint: '1.1.1.1:4010' }, inner)),
    );
  });
  afterAll(async () => {
    await lab.destroy();
  });

  async function remedies(host: 'gateway1' | 'node1'): Promise<string[]> {
    const { stdout } = await lab.trueingress(host, ['doctor', '--json', '-i', lab.instance(host)]);
    const { examined }: { examined: readonly { checks: readonly Found[] }[] } = JSON.parse(stdout);
    const found = examined.flatMap(({ checks }) => checks).filter(({ name }) => name === 'offloads');
    return found.flatMap(({ details }) => details.map(({ todo }) => todo));
  }

  test('doctor says what to type for a veth that passes it uncut, and then all of it arrives', async () => {
    for (const host of ['gateway1', 'node1'] as const) {
      const [remedy = 'false', ...others] = await remedies(host);
      expect([remedy, others]).toEqual(['ethtool -K eth0 tx-udp-segmentation off', []]);
      await lab.exec(host, ['sh', '-c', remedy]);
      expect(await remedies(host)).toEqual([]);
    }
    for (const inner of families) {
      const service = inFamily({ ...echo, endpoint: '1.1.1.1:4010' }, inner);
      const flow = await startFlow(lab, {
        at: 'node1',
        endpoint: service.endpoint,
        to: service.proxy,
        perSecond: 2000,
        count,
        seconds: 10,
        bytes: 1000,
        together: 8,
      });
      const { requests } = await flow.finished();
      expect(requests).toMatchObject({ sent: count, lost: 0 });
    }
  });
});

interface Found {
  readonly name: string;
  readonly details: readonly { readonly todo: string }[];
}
