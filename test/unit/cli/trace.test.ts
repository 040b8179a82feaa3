// trace and why over what is live in the fake kernel: rows of now, the file that was applied, and nothing written.
import { describe, expect, test } from 'vitest';
import { learnPeer } from '../../../src/datapath/memory/learned.ts';
import { entryName } from '../../../src/datapath/memory/map.ts';
import type { Pinned } from '../../../src/datapath/memory/world.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { encap } from '../../../src/tables/encap.ts';
import { tunnel } from '../../../src/tables/tunnel.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { appliedGateway, appliedNode, gatewayText, TestHost } from './harness.ts';

const request = 'tcp 198.51.100.7:40000 > 5.5.5.5:3100';

/** Every byte that is pinned. */
function everything(host: TestHost): string {
  const text = (pinned: Pinned): unknown => {
    if (pinned.kind === 'map') return [...pinned.entries.values()].map(({ key, value }) => [[...key], [...value]]);
    if (pinned.kind === 'meta') return [...pinned.bytes];
    return pinned.kind === 'counters' ? [...pinned.values].map(String) : pinned.id;
  };
  return JSON.stringify([...host.world.pins].map(([path, pinned]) => [path, text(pinned)]));
}

function liveMap(host: TestHost, name: string) {
  const found = host.world.attachments.flatMap(({ program }) => (program.kind === 'program' ? [program.load] : []))[0];
  const map = found?.maps[name as 'encap' | 'tunnel'];
  if (!map) throw new Error(name);
  return map;
}

function tunnelEpoch(host: TestHost, id: number): bigint {
  const row = liveMap(host, 'tunnel').entries.get(entryName(tunnel.key.encode({ id })));
  return row ? tunnel.value.decode(row.value).epoch : 0n;
}

function heard(host: TestHost, epoch: bigint): void {
  learnPeer(host.world, 'epic-1', 101, {
    ...plainPeerRow,
    version: 2,
    epoch,
    lastSeenNs: 1n,
    remoteIp: '203.0.113.9' as Ip,
    remotePort: 41000,
    moves: 0,
  });
}

describe('trace', () => {
  test('tells where live rows come from by the files that were applied, also after these have changed', async () => {
    const host = await appliedGateway();
    host.files.set('gateway.yaml', `# another text\n${gatewayText}`);
    const { code, stdout } = await host.run(['trace', request]);
    expect(code).toBe(0);
    expect(stdout).toContain('rows    live: epic-1, generation 1\n');
    expect(stdout).toContain('at      eth0 egress, a packet of this host (the route to 5.5.5.5 leaves there)\n');
    expect(stdout).toContain('encapsulated, on to the next program and the stack');
    expect(stdout).toContain(
      '  tunnel 100 → local 172.1.0.4:6080, remote 172.1.0.3:6080, mtu 1500\n      gateway.yaml:6  tunnel 100\n',
    );
  });

  test('says that no file is known where history is lost', async () => {
    const host = await appliedGateway();
    host.state.content.clear();
    expect((await host.run(['trace', request])).stdout).toContain('no file known for it');
  });

  test('writes nothing that is live, learned rows and counters included', async () => {
    const host = await appliedGateway();
    const before = everything(host);
    for (const packet of [
      request,
      'ping tunnel 101 from 203.0.113.9:41000',
      'tcp 5.5.5.5:3100 > 8.8.8.8:4 in tunnel 100',
    ])
      expect((await host.run(['trace', packet])).code).toBe(0);
    expect(everything(host)).toBe(before);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('answers of a learned tunnel as it would be answered now', async () => {
    const host = await appliedGateway();
    const asked = ['trace', 'udp 198.51.100.7:40000 > 5.5.5.5:53'];
    expect((await host.json(asked)).verdict).toBe('no-remote');
    heard(host, tunnelEpoch(host, 101));
    const known = await host.run(asked);
    expect(known.stdout).toContain('encapsulated');
    expect(known.stdout).toMatch(
      /peer 101 → remote 203\.0\.113\.9:41000, heard \d+\.\d s ago, moves 0\n {6}learned from packets/,
    );
    heard(host, 1n);
    const old = await host.run(asked);
    expect(old.stdout).toContain('no-remote (dropped)');
    expect(old.stdout).toContain('of an earlier tunnel with this id: not used');
  });

  test('tells rows that were edited by hand, and rows that no file explains', async () => {
    const host = await appliedGateway();
    const map = liveMap(host, 'encap');
    for (const entry of map.entries.values()) {
      const key = encap.key.decode(entry.key);
      if (key.port !== 3100) continue;
      entry.value.set(encap.value.encode({ ...encap.value.decode(entry.value), tunnel: 101 }));
      const other = encap.key.encode({ ...key, port: 3999 });
      map.entries.set(entryName(other), { key: other, value: entry.value.slice() });
      break;
    }
    expect((await host.run(['trace', request])).stdout).toContain('not as the file has it');
    expect((await host.run(['why', 'encap', 'tcp 5.5.5.5:3999'])).stdout).toContain('not from a file');
  });

  test('tells which rows a file wants that are not there', async () => {
    const host = await appliedGateway();
    const map = liveMap(host, 'tunnel');
    map.entries.delete(entryName(tunnel.key.encode({ id: 100 })));
    const { code, stdout, stderr } = await host.run(['why', 'tunnel', '100']);
    expect(code).toBe(66);
    expect(stdout).toContain('the file wants it\n      gateway.yaml:6  tunnel 100');
    expect(stderr).toContain('error[no-row]: table tunnel has no row 100');
    expect((await host.json(['trace', request])).verdict).toBe('no-tunnel');
  });

  test('says so where programs and model differ', async () => {
    const host = await appliedGateway();
    const lying = { evaluate: () => ({ action: 2, frame: new Uint8Array(60), verdict: 'bad-key' }) };
    const { stdout } = await host.run(['trace', request], { memory: lying });
    expect(stdout).toContain('programs and packet model differ (verdict; the model says encapsulated): please report');
    expect(await host.json(['trace', request], { memory: lying })).toMatchObject({
      verdict: 'bad-key',
      disagreement: { in: 'verdict', modelVerdict: 'encapsulated' },
    });
  });

  test('takes a frame as bytes, at the hook that it would come by', async () => {
    const host = await appliedGateway();
    const { before } = await host.json(['trace', request]);
    host.files.set('-', String(before).replace(/(..)(..)/g, '$1:$2 '));
    expect(await host.json(['trace', '--hex', '-'])).toMatchObject({
      verdict: 'encapsulated',
      hook: { direction: 'egress' },
    });
    const { before: arriving } = await host.json(['trace', 'ping tunnel 100 service 9/9']);
    host.files.set('frame.txt', String(arriving));
    expect(await host.json(['trace', '--hex', 'frame.txt'])).toMatchObject({
      verdict: 'unknown-service',
      hook: { direction: 'ingress' },
    });
    host.files.set('-', 'no frame');
    expect((await host.run(['trace', '--hex', '-'])).code).toBe(64);
    expect((await host.run(['trace', '--hex', 'nowhere'])).code).toBe(66);
  });

  test.each([
    ['another verdict than was expected', [request, '--expect', 'pass-not-ours'], 1],
    ['the verdict that was expected', [request, '--expect', 'encapsulated'], 0],
    ['no packet', [], 64],
    ['two packets', [request, '--hex', '-'], 64],
    ['no such file', [request, '-f', 'nope.yaml'], 66],
    ['a file with faults', [request, '-f', 'faulty.yaml'], 65],
    ['no such instance', [request, '-i', 'other'], 66],
  ])('exits as it should with %s', async (_, words, code) => {
    const host = await appliedGateway();
    host.files.set('faulty.yaml', gatewayText.replace('tunnel: 100', 'tunnel: 17'));
    expect((await host.run(['trace', ...words])).code).toBe(code);
  });

  test('reads no key of a file that it is tried on', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText.replace('other-key', '{ file: no-such-file }'));
    expect((await host.run(['trace', request, '-f', 'gateway.yaml'])).code).toBe(0);
  });

  test('says where nothing is attached', async () => {
    const host = await appliedGateway();
    await host.run(['detach', '--yes']);
    expect((await host.run(['trace', request])).stdout).toContain('no program is attached there now');
  });

  test('highlights on a terminal what changed', async () => {
    const host = await appliedGateway();
    const { stdout } = await host.run(['trace', request, '--color', 'always']);
    expect(stdout).toContain('\u001b[32m+ ipv4');
  });
});

describe('why', () => {
  test('leads from a row to those around it', async () => {
    const host = await appliedNode();
    expect(await host.json(['why', 'nat', 'out tcp 1.1.1.1:4000'])).toMatchObject({
      found: true,
      from: { kind: 'file', parts: [{ what: 'service "web" (2/1)', file: 'node.yaml', line: 14 }] },
      leadsTo: [{ table: 'verify', key: '2/1', from: { kind: 'file' } }],
      metBy: [],
    });
    const { metBy } = await host.json(['why', 'tunnel', '200']);
    expect(metBy).toMatchObject([{ table: 'verify', key: '2/1' }]);
  });

  test('ends where trace does: the same row, from the same line', async () => {
    const host = await appliedGateway();
    const { lookups } = await host.json(['trace', request]);
    for (const { table, key, row, from } of lookups as Record<string, unknown>[]) {
      if (!row) continue;
      expect(await host.json(['why', String(table), String(key)])).toMatchObject({ row, from });
    }
  });

  test('lists at most twenty rows that lead to it, or all', async () => {
    const host = new TestHost();
    const services = Array.from(
      { length: 30 },
      (_, at) =>
        `  - { name: s${at}, group: 3, id: ${at}, protocol: tcp, proxy: "6.6.6.6:${at + 1}", tunnel: 100, key: k${at} }\n`,
    );
    host.files.set('many.yaml', `${gatewayText}${services.join('')}`);
    const few = await host.run(['why', 'tunnel', '100', '-f', 'many.yaml']);
    expect(few.stdout).toContain('and 42 more; --all lists them');
    const all = await host.json(['why', 'tunnel', '100', '-f', 'many.yaml', '--all']);
    expect(all.metBy).toHaveLength(62);
    expect(all.metByAll).toBe(62);
  });
});
