// Expectations of a file, tried on what an apply has staged: met, or told with what was expected, what came and which lines decided it.
import { describe, expect, test } from 'vitest';
import { applyOn, makeWorld } from '../../support/memory.ts';
import { mustRead } from '../topology/texts.ts';

const gateway = (expectations: string): string => `apiVersion: trueingress/v1
name: epic-1
role: gateway
interfaces: [eth0, eth1]
tunnels:
  - {id: 100, local: 172.1.0.4:6080, remote: 172.1.0.3:6080}
  - {id: 200, local: 172.1.0.4:6080, remote: learned}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: 5.5.5.5:3100, tunnel: 100, key: Pa55w0rd1234567}
  - {name: shop, group: 3, id: 1, protocol: tcp, proxy: 5.5.5.6:443, tunnel: 200, key: other-key, via: eth1}
expect:
${expectations}`;

const node = (expectations: string): string => `apiVersion: trueingress/v1
name: node-1
role: node
interfaces: [eth0]
tunnels:
  - {id: 1, local: 172.1.0.3:6080, remote: 172.1.0.4:6080}
  - {id: 2, local: 172.1.0.3:6080, remote: 172.1.0.5:6080}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: 5.5.5.5:3100, endpoint: 1.1.1.1:4000, tunnel: [1, 2], key: Pa55w0rd1234567}
expect:
${expectations}`;

async function outcomeOf(text: string) {
  return applyOn(makeWorld(), await mustRead(text)).outcome;
}

const request = 'tcp 198.51.100.7:40000 > 5.5.5.5:3100';

describe('an expectation', () => {
  test('of each kind is met by a gateway that does what its file says', async () => {
    const outcome = await outcomeOf(
      gateway(`
  - {packet: '${request}', at: eth0 egress, verdict: encapsulated, tunnel: 100, service: web, out: '${request}'}
  - {packet: 'udp 198.51.100.7:5353 > 8.8.8.8:53', verdict: pass-not-ours, out: 'udp 198.51.100.7:5353 > 8.8.8.8:53'}
  - {packet: 'tcp 5.5.5.5:3100 > 198.51.100.7:40000 syn ack in tunnel 100', verdict: decapsulated, tunnel: 100, service: 2/1}
  - {packet: 'tcp 5.5.5.5:3100 > 198.51.100.7:40000 in tunnel 100 key wrong', verdict: bad-key, service: web}
  - {packet: 'tcp 198.51.100.7:1 > 5.5.5.6:443', at: eth0 egress entered eth0, verdict: pass-not-ours}
  - {packet: 'tcp 198.51.100.7:1 > 5.5.5.6:443', at: eth0 egress entered eth7, verdict: pass-not-ours}
  - {name: nobody has pinged yet, packet: 'tcp 198.51.100.7:1 > 5.5.5.6:443', at: eth0 egress entered eth1, verdict: no-remote, tunnel: 200}
  - {packet: ping tunnel 200 from 192.0.2.9:41000, verdict: ping-accepted, tunnel: 200, service: shop}
  - {name: now somebody has, packet: 'tcp 198.51.100.7:1 > 5.5.5.6:443', at: eth0 egress entered eth1, verdict: encapsulated, tunnel: 200}
  - {packet: 'tcp 5.5.5.6:443 > 198.51.100.7:1 syn ack in tunnel 200', verdict: decapsulated, tunnel: 200}
`),
    );
    expect(outcome.problems).toEqual([]);
    expect(outcome).toMatchObject({ result: 'applied', probes: { expectations: 10 } });
  });

  test('of a node follows a flow: the reply goes back as its request came', async () => {
    const outcome = await outcomeOf(
      node(`
  - {packet: '${request} in tunnel 2', verdict: decapsulated, tunnel: 2, out: 'tcp 198.51.100.7:40000 > 1.1.1.1:4000'}
  - packet: 'tcp 1.1.1.1:4000 > 198.51.100.7:40000 syn ack'
    verdict: encapsulated
    tunnel: 2
    service: web
    out: 'tcp 5.5.5.5:3100 > 198.51.100.7:40000 syn ack'
  - {packet: 'tcp 1.1.1.1:4000 > 198.51.100.7:40001', verdict: encapsulated, tunnel: 1}
`),
    );
    expect(outcome).toMatchObject({ result: 'applied', problems: [] });
  });

  test.each<[text: string, message: string, hint: string]>([
    [
      `{packet: '${request}', at: eth1 egress, verdict: encapsulated, tunnel: 200}`,
      '"tcp 198.51.100.7:40000 > 5.5.5.5:3100" at eth1 egress: expected tunnel 200, got 100',
      'decided by service "web" (2/1) (a.yaml:9), tunnel 100 (a.yaml:6), interface eth1 (a.yaml:4); nothing was activated; the host runs what it ran before',
    ],
    [
      "{name: another port, packet: 'tcp 198.51.100.7:40000 > 5.5.5.5:3101', verdict: encapsulated, service: web}",
      '"another port" at eth0 egress: expected encapsulated, got pass-not-ours; expected service 2/1, got none',
      'decided by service "web" (2/1) (a.yaml:9), interface eth0 (a.yaml:4); nothing was activated; the host runs what it ran before',
    ],
    [
      `{packet: '${request}', verdict: encapsulated, out: '${request} ack'}`,
      '"tcp 198.51.100.7:40000 > 5.5.5.5:3100" at eth0 egress: ' +
        'expected out tcp 198.51.100.7:40000 > 5.5.5.5:3100 ack, got tcp 198.51.100.7:40000 > 5.5.5.5:3100',
      'decided by service "web" (2/1) (a.yaml:9), tunnel 100 (a.yaml:6), interface eth0 (a.yaml:4); nothing was activated; the host runs what it ran before',
    ],
    [
      "{packet: 'tcp 5.5.5.6:443 > 198.51.100.7:1 in tunnel 200', verdict: decapsulated}",
      '"tcp 5.5.5.6:443 > 198.51.100.7:1 in tunnel 200": nobody knows where the far end of tunnel 200 is: it was never heard of; say from where the packet comes: from ADDRESS:PORT',
      'nothing was activated; the host runs what it ran before',
    ],
  ])('that is not met stops the apply before the switch: %s', async (text, message, hint) => {
    const outcome = await outcomeOf(gateway(`  - ${text}\n`));
    expect(outcome.result).toBe('not-activated');
    expect(outcome.problems).toEqual([
      { code: 'expectation-failed', severity: 'error', message, hint, place: { file: 'a.yaml', line: 12, column: 5 } },
    ]);
  });

  test('is tried by every apply that stages, and by none that has nothing to do', async () => {
    const world = makeWorld();
    const met = `  - {packet: '${request}', verdict: encapsulated}\n`;
    const apply = async (text: string) => applyOn(world, await mustRead(text)).outcome;
    expect(await apply(gateway(met))).toMatchObject({ result: 'applied' });
    const unmet = gateway(`  - {packet: '${request}', verdict: bad-key}\n`);
    expect(await apply(unmet)).toMatchObject({ result: 'unchanged' });
    expect(await apply(unmet.replace('id: 1, protocol', 'id: 9, protocol'))).toMatchObject({ result: 'not-activated' });
  });
});
