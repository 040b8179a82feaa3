// doctor beside a real host: it only reads, counted by strace, and finds what was put in the way.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countCalls } from '../evidence/writes.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { apply, tunnel100, web } from '../support/lab-topology.ts';

interface DoctorDocument {
  readonly examined: readonly {
    readonly checks: readonly {
      readonly name: string;
      readonly result: string;
      readonly details: readonly { readonly todo?: string }[];
    }[];
  }[];
}

describe.skipIf(whyNoLab())('doctor', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web] });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** Checks that are not ok, with what is to be typed. */
  async function told(): Promise<{ code: number; checks: Record<string, string | undefined> }> {
    const { stdout, code } = await lab.trueingress('gateway1', ['doctor', '--json', '-i', lab.instance('gateway1')]);
    const { examined }: DoctorDocument = JSON.parse(stdout);
    const found = examined.flatMap(({ checks }) => checks).filter(({ result }) => result === 'warning');
    return { code, checks: Object.fromEntries(found.map(({ name, details }) => [name, details[0]?.todo])) };
  }

  test('makes no write call of bpf', async () => {
    const { bpfReads, bpfWrites, code } = await countCalls(lab, ['doctor']);
    expect([bpfWrites, code]).toEqual([[], 0]);
    expect(bpfReads).toBeGreaterThan(20);
  });

  test('says what to type for what was put in the way, and has nothing to say once that is typed', async () => {
    expect((await told()).checks).toEqual({});
    await lab.exec('gateway1', ['sh', '-c', 'echo 0 >/proc/sys/net/ipv4/ip_forward']);
    const socket = lab.spawn('gateway1', [
      process.execPath,
      '-e',
      "require('dgram').createSocket('udp4').bind(6080, '172.1.0.4', () => console.log('bound'))",
    ]);
    await socket.says('bound');
    const { code, checks } = await told();
    expect([code, checks]).toEqual([
      0,
      { forwarding: 'sysctl -w net.ipv4.ip_forward=1', ports: 'ss -ulpn sport = :6080' },
    ]);
    await socket.end('SIGKILL');
    await lab.exec('gateway1', ['sh', '-c', checks.forwarding ?? 'false']);
    expect((await told()).checks).toEqual({});
  });
});
