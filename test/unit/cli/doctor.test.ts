// doctor as a command: what it looks at with and without a file, and its exit codes.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/cli/environment.ts';
import { problem, Refusal } from '../../../src/problem.ts';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

const shut: Partial<Environment> = {
  openDatapath: async () => {
    throw new Refusal(problem('not-permitted', 'this needs CAP_BPF', { hint: 'run as root' }));
  },
};

describe('doctor', () => {
  test('looks at the machine alone where nothing is applied, and says so', async () => {
    const { code, stdout } = await new TestHost().run(['doctor']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('this machine\n  ok       kernel')]);
    expect(stdout).toContain('Nothing is applied here: with -f FILE the network is looked at as well.');
  });

  test('looks at what is live, and with -f at what would be', async () => {
    const host = await appliedGateway();
    expect((await host.run(['doctor'])).stdout).toMatch(/^epic-1\n {2}ok {7}interfaces/m);
    host.files.set(
      'other.yaml',
      gatewayText.replace('epic-1', 'epic-2').replace('172.1.0.4', '172.1.0.99').replace('eth0', 'eth9'),
    );
    const { code, stdout } = await host.run(['doctor', '-f', 'other.yaml']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/failure {2}interfaces .*\n {6}interface "eth9" .*\n {8}do: /);
    expect(stdout).not.toContain('epic-1');
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('makes a finding of what keeps the datapath shut, and exits 1', async () => {
    const { code, stdout } = await new TestHost().run(['doctor'], { environment: shut });
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/failure {2}datapath .*\n {6}this needs CAP_BPF\n {8}do: run as root/),
    ]);
  });

  test('exits 66 for a file that is not there', async () => {
    expect((await new TestHost().run(['doctor', '-f', 'nope.yaml'])).code).toBe(66);
  });

  test('warns of tunnels that were made while the clock was ahead, as plan does', async () => {
    const host = await appliedGateway();
    const earlier: Partial<Environment> = { realtimeNs: () => 1_600_000_000_000_000_000n };
    const { code, stdout } = await host.run(['doctor'], { environment: earlier });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /warning {2}epochs .*\n {6}tunnel 100 and 1 more were made when this clock said 2023-11-14T.*\n.*remove -i epic-1/,
      ),
    ]);
    host.files.set('gateway.yaml', gatewayText);
    expect((await host.run(['plan', '-f', 'gateway.yaml'], { environment: earlier })).stderr).toContain(
      'warning[clock-behind]',
    );
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).stderr).toBe('');
  });
});
