// apply and plan as a user types them, over the fake kernel: what they print, what they write, how they exit.
import { describe, expect, test } from 'vitest';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');

describe('plan', () => {
  test('lists what is new with its place, and changes nothing', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stdout, stderr } = await host.run(['plan', '-f', 'gateway.yaml']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`  + interface eth0  role gateway, flags.ingress gue (1), flags.egress proxy (1)  gateway.yaml:4
  + local endpoint 172.1.0.4:6080  tunnels 2
  + tunnel 100  local 172.1.0.4:6080, remote 172.1.0.3:6080  gateway.yaml:6
  + tunnel 101  local 172.1.0.4:6080, remote learned  gateway.yaml:9
  + service 2/1 "web"  protocol tcp, proxy 5.5.5.5:3100, tunnel 100  gateway.yaml:13
  + service 2/2 "dns"  protocol udp, proxy 5.5.5.5:53, tunnel 101  gateway.yaml:20

  * attach eth0 ingress (tcx)
  * attach eth0 egress (tcx)

Plan: 5 to add, 0 to change, 0 to delete.
`);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('shows fields before and after, never a key, and what is deleted', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved.slice(0, moved.indexOf('  - name: dns')));
    const { stdout } = await host.run(['plan', '-f', 'new.yaml']);
    expect(stdout).toBe(`  ~ tunnel 100  new.yaml:6
      remote  172.1.0.3:6080 → 172.1.0.9:6080
  ~ service 2/1 "web"  new.yaml:13
      key  (sensitive), another one
  - service 2/2  protocol udp, proxy 5.5.5.5:53, tunnel 101

  * switch eth0 ingress (tcx)
  * switch eth0 egress (tcx)

Plan: 0 to add, 2 to change, 1 to delete.
`);
  });

  test('says that a tunnel which turns to learned starts unlearned, in words', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', gatewayText.replace('remote: 172.1.0.3:6080', 'remote: learned'));
    const { stdout } = await host.run(['plan', '-f', 'new.yaml']);
    expect(stdout).toContain(
      'remote  172.1.0.3:6080 → learned\n      starts unlearned: packets are dropped until its first ping\n',
    );
    expect(stdout).not.toMatch(/epoch|counter/);
  });

  test('exits 2 with --detailed-exitcode when something would change, 0 when nothing would', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    expect((await host.run(['plan', '-f', 'new.yaml', '--detailed-exitcode'])).code).toBe(2);
    const same = await host.run(['plan', '-f', 'gateway.yaml', '--detailed-exitcode']);
    expect([same.code, same.stdout]).toEqual([0, 'No changes.\n']);
  });

  test('takes a rename for no change', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', gatewayText.replace('name: web', 'name: shop'));
    expect((await host.run(['plan', '-f', 'new.yaml'])).stdout).toBe('No changes.\n');
  });

  test('lists a sample and counts the rest when there are many changes, all of them with --all', async () => {
    const host = new TestHost();
    const services = Array.from(
      { length: 300 },
      (_, i) =>
        `  - {name: s${i}, group: 1, id: ${i}, protocol: tcp, proxy: '5.5.5.5:${1000 + i}', tunnel: 100, key: k${i}}\n`,
    );
    host.files.set('many.yaml', gatewayText.slice(0, gatewayText.indexOf('  - name: web')) + services.join(''));
    const few = (await host.run(['plan', '-f', 'many.yaml'])).stdout;
    expect(few).toContain('and 254 services to add; --all lists them');
    expect(few).toContain('Plan: 303 to add, 0 to change, 0 to delete.');
    expect((await host.run(['plan', '-f', 'many.yaml', '--all'])).stdout.match(/ \+ service/g)).toHaveLength(300);
  });

  test('names an interface that is missing at its line', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText.replace('[eth0]', '[eth7]'));
    const { code, stdout, stderr } = await host.run(['plan', '-f', 'gateway.yaml']);
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toContain('gateway.yaml:4:14: error[interface-missing]: interface "eth7" does not exist here');
  });

  test('refuses an interface without Ethernet header, which our programs could not read', async () => {
    const host = new TestHost();
    const [eth0] = host.world.interfaces;
    if (eth0) host.world.interfaces.push({ ...eth0, name: 'wg0', ifindex: 3, headerless: true });
    host.files.set('gateway.yaml', gatewayText.replace('[eth0]', '[eth0, wg0]'));
    const { code, stdout, stderr } = await host.run(['plan', '-f', 'gateway.yaml']);
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toContain('gateway.yaml:4:20: error[not-ethernet]: interface "wg0" has no Ethernet header');
  });
});

describe('apply', () => {
  test('shows the plan, then what it did', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stdout } = await host.run(['apply', '-f', 'gateway.yaml']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}\+ interface eth0/);
    expect(stdout).toMatch(
      /\nApplied generation 1 in \d+ ms: staged 11 rows in a new load, \d+ probes, 2 hooks attached\.\n {2}stage .* ms, probe .* ms, activate /,
    );
  });

  test('writes nothing the second time, and exits 0 with --detailed-exitcode', async () => {
    const host = await appliedGateway();
    const { code, stdout } = await host.run(['apply', '-f', 'gateway.yaml', '--detailed-exitcode']);
    expect([code, stdout]).toEqual([0, 'No changes.\n']);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('exits 2 with --detailed-exitcode when it changed something', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    expect((await host.run(['apply', '-f', 'new.yaml', '--detailed-exitcode'])).code).toBe(2);
  });

  test('changes nothing with --dry-run', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stdout } = await host.run(['apply', '-f', 'gateway.yaml', '--dry-run']);
    expect([code, stdout.includes('Plan: 5 to add')]).toEqual([0, true]);
    expect(host.world.pins.size + host.world.attachments.length).toBe(0);
  });

  test('asks when told to, and applies on yes', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code } = await host.run(['apply', '-f', 'gateway.yaml', '--ask'], { terminal: true, answer: 'y' });
    expect([code, host.question, host.world.attachments.length]).toEqual([0, 'Apply this? [y/N] ', 2]);
  });

  test('shows what it asks about also when stdout is for JSON', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const words = ['apply', '-f', 'gateway.yaml', '--ask', '--json'];
    const { stdout, stderr } = await host.run(words, { terminal: true, answer: 'y' });
    expect([JSON.parse(stdout).kind, stderr.includes('to add, 0 to change')]).toEqual(['Outcome', true]);
  });

  test.each([
    ['no is said', { terminal: true, answer: '' }, 5, 'declined; nothing was changed'],
    ['the question is interrupted', { terminal: true }, 130, 'interrupted at the question'],
    ['there is no terminal', {}, 5, 'there is no terminal to ask on'],
  ])('changes nothing when %s', async (_, options, code, message) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const finished = await host.run(['apply', '-f', 'gateway.yaml', '--ask'], options);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toContain(message);
    expect(host.world.attachments.length).toBe(0);
  });

  test('gives the lock back whatever happens', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    await host.run(['apply', '-f', 'gateway.yaml', '--ask']);
    expect(host.world.locks.size).toBe(0);
  });

  test('exits 3 and says what still runs when staging is refused', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const memory = { faults: [{ at: 1, method: 'writeRows', outcome: 'ENOMEM' }] } as const;
    const { code, stdout, stderr } = await host.run(['apply', '-f', 'gateway.yaml'], { memory });
    expect(code).toBe(3);
    expect(stdout).toContain('Not applied: nothing was activated, the host runs what it ran before.');
    expect(stderr).toContain('error[kernel-refused]');
  });

  test('exits 3 when a hook refuses the switch and the others are switched back', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const memory = { faults: [{ at: 2, method: 'switchHook', outcome: 'EEXIST' }] } as const;
    const { code, stdout } = await host.run(['apply', '-f', 'new.yaml'], { memory });
    expect([code, stdout.includes('the switch was taken back')]).toEqual([3, true]);
    expect((await host.run(['status', '--check'])).code).toBe(0);
  });

  test('exits 4 when the way back fails as well', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const memory = { faults: [{ at: 2, method: 'switchHook', outcome: 'EEXIST', times: 9 }] } as const;
    const { code, stdout } = await host.run(['apply', '-f', 'new.yaml'], { memory });
    expect([code, stdout.includes('Stuck')]).toEqual([4, true]);
  });

  test('exits 75 when another run holds the lock, naming it', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    host.world.locks.set('epic-1', { holder: 'process 1234' });
    const { code, stderr } = await host.run(['apply', '-f', 'gateway.yaml', '--lock-timeout', '1ms']);
    expect([code, stderr.includes('process 1234')]).toEqual([75, true]);
  });

  test("refuses -i that is not the file's", async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    expect((await host.run(['apply', '-f', 'gateway.yaml', '-i', 'other'])).code).toBe(64);
  });

  test('warns before it asks', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { stderr } = await host.run(['apply', '-f', 'gateway.yaml'], {
      host: { sysctls: { 'net.ipv4.ip_forward': '0' } },
    });
    expect(stderr.match(/warning\[forwarding-off\]/g)).toHaveLength(1);
  });

  test.each([
    ['a terminal is told what takes longer than a second', true, ['probing …', 'activating …', 'verifying …']],
    ['a pipe is not', false, []],
  ])('%s', async (_, terminal, told) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    let now = 0n;
    const environment = {
      monotonicNs: () => {
        now += 300_000_000n;
        return now;
      },
    };
    const { stderr } = await host.run(['apply', '-f', 'gateway.yaml'], { terminal, environment });
    expect(stderr.split('\n').filter((line) => told.includes(line))).toEqual(told);
    if (!terminal) expect(stderr).toBe('');
  });
});
