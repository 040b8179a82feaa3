// dump over the fake kernel: what is shown, as lines, records and a capture file; what is left out; how it ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/cli/environment.ts';
import { tellEvent } from '../../../src/datapath/memory/events.ts';
import { learnedPath } from '../../../src/datapath/memory/world.ts';
import { eventRecord, type WrittenEvent } from '../../support/events.ts';
import { handFrames, inner, key, plainFrame } from '../../support/hand-frames.ts';
import { tsharkFields, whyNoTshark } from '../../support/tshark.ts';
import { appliedGateway, gatewayText, TestHost, type TestHostOptions } from './harness.ts';

const numbers = { 'pass-not-ours': 0, encapsulated: 1, decapsulated: 2, 'ping-moved': 5, 'bad-key': 19 } as const;
/** What the gateway's rows were given: tunnels 100, 101, then services 2/1, 2/2, four indexes each. */
const counters = { tunnel100: 128, tunnel101: 132, web: 136, dns: 140 } as const;
const gueFrame = handFrames[0]?.frame ?? new Uint8Array(0);

const encapsulated: WrittenEvent = {
  verdict: numbers.encapsulated,
  hook: 1,
  ingressIfindex: 3,
  service: counters.web,
  tunnel: counters.tunnel100,
  frame: gueFrame,
  timeNs: 123_456_789n,
};
const badKey: WrittenEvent = { verdict: numbers['bad-key'], frame: gueFrame, service: counters.dns };
const notOurs: WrittenEvent = { verdict: numbers['pass-not-ours'], frame: plainFrame(inner.tcp4) };
const moved: WrittenEvent = {
  kind: 3,
  verdict: numbers['ping-moved'],
  tunnel: 101,
  remoteIp: [192, 0, 2, 7],
  remotePort: 20001,
};

/** A stop that lets the listener look a few times, and lets something happen before each look. */
function steps(happenings: readonly (() => void | Promise<void>)[]): Partial<Environment> {
  let at = 0;
  return {
    catchStop: () => ({
      pause: async () => {
        const happening = happenings[at++];
        if (!happening) return 'stopped';
        await happening();
        return 'elapsed';
      },
      release: () => {},
    }),
    realtimeNs: () => 1_700_000_000_000_000_000n,
    monotonicNs: () => 0n,
  };
}

/** Runs dump on the gateway while these events happen. */
async function dumpOf(events: readonly WrittenEvent[], words: readonly string[] = [], options: TestHostOptions = {}) {
  const host = await appliedGateway();
  const tell = () => {
    for (const event of events) tellEvent(host.world, 'epic-1', eventRecord(event));
  };
  const finished = await host.run(['dump', ...words], { ...options, environment: steps([tell]) });
  const output = host.written.get('-')?.toString() ?? '';
  return { host, ...finished, lines: output.split('\n').slice(0, -1) };
}

describe('dump', () => {
  test('shows a line for each packet: interface, direction, verdict, packet, service and tunnel', async () => {
    const { code, lines, stderr } = await dumpOf([encapsulated, badKey]);
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'HH:MM:SS'))).toEqual([
      'HH:MM:SS.123456 eth0     out encapsulated     172.1.0.4:6080 > 172.1.0.3:6080 gue data 2/1 ' +
        '[10.0.0.2:4800 > 5.5.5.5:3100 tcp S 40 bytes]  service 2/1  tunnel 100',
      'HH:MM:SS.000000 eth0     in  bad-key          172.1.0.4:6080 > 172.1.0.3:6080 gue data 2/1 ' +
        '[10.0.0.2:4800 > 5.5.5.5:3100 tcp S 40 bytes]  service 2/2',
    ]);
    expect([code, stderr]).toEqual([0, 'listening to epic-1\n2 events shown, 0 filtered out, 0 left out\n']);
  });

  test('shows remotes that were learned or moved', async () => {
    const { lines } = await dumpOf([{ ...moved, kind: 2 }, moved]);
    expect(lines.map((line) => line.slice('HH:MM:SS.000000 eth0     in  '.length))).toEqual([
      'ping-moved       remote learned: 192.0.2.7:20001  tunnel 101',
      'ping-moved       remote moved to 192.0.2.7:20001  tunnel 101',
    ]);
  });

  test('asks the programs only for the verdicts that it wants, for two seconds, and takes its word back at its end', async () => {
    const host = await appliedGateway();
    const words: string[] = [];
    const path = learnedPath('epic-1', 'capture');
    const look = () => {
      const map = host.world.pins.get(path);
      const value = map?.kind === 'map' ? [...map.entries.values()][0]?.value : undefined;
      words.push(value ? Buffer.from(value).toString('hex') : 'nobody');
    };
    await host.run(['dump', '--verdict', 'bad-key', '--rate', '7'], { environment: steps([look]) });
    look();
    // until_ns 2,000,000,000; bit 19; 7 a second.
    expect(words).toEqual(['00943577000000000000080000000000' + '0700000000000000', 'nobody']);
  });

  test.each<[string, string[], string[]]>([
    ['without a word: all but what is not ours', [], ['encapsulated', 'bad-key', 'ping-moved']],
    ['--verdict', ['--verdict', 'encapsulated', '--verdict', 'pass-not-ours'], ['encapsulated', 'pass-not-ours']],
    ['--verdict drops', ['--verdict', 'drops'], ['bad-key']],
    ['--verdict all', ['--verdict', 'all'], ['encapsulated', 'bad-key', 'pass-not-ours', 'ping-moved']],
    ['--service', ['--service', '2/2'], ['bad-key']],
    ['--tunnel', ['--tunnel', '101', '--tunnel', '7'], ['ping-moved']],
    [
      '--address, inside a tunnel as well',
      ['--verdict', 'all', '--address', '10.0.0.0/8'],
      ['encapsulated', 'bad-key', 'pass-not-ours'],
    ],
    ['--address of a remote', ['--address', '192.0.2.7'], ['ping-moved']],
    ['--address of nobody', ['--address', '2001:db8::/32'], []],
    ['--interface', ['--interface', 'eth0', '--tunnel', '100'], ['encapsulated']],
  ])('filters by %s', async (_, words, verdicts) => {
    const { lines, stderr } = await dumpOf([encapsulated, badKey, notOurs, moved], words);
    expect(lines.map((line) => line.split(/ +/)[3])).toEqual(verdicts);
    expect(stderr).toContain(
      `${verdicts.length} event${verdicts.length === 1 ? '' : 's'} shown, ${4 - verdicts.length} filtered out`,
    );
  });

  test('shows hooks with the flag dump, when any has it', async () => {
    const host = new TestHost();
    const flagged = gatewayText.replace('interfaces: [eth0]', 'interfaces: [{name: eth0, flags: {ingress: [dump]}}]');
    host.files.set('gateway.yaml', flagged);
    expect((await host.run(['apply', '-f', 'gateway.yaml'])).code).toBe(0);
    const tell = () => {
      for (const hook of [0, 1]) tellEvent(host.world, 'epic-1', eventRecord({ ...encapsulated, hook }));
    };
    const { stderr } = await host.run(['dump'], { environment: steps([tell]) });
    expect([host.written.get('-')?.toString().split('\n').length, stderr]).toEqual([
      2,
      'listening to epic-1\n1 event shown, 1 filtered out, 0 left out\n',
    ]);
    expect(host.written.get('-')?.toString()).toContain(' in  ');
  });

  test('ends after so many, and says how many were left out for the sake of the rate', async () => {
    const events = [badKey, { ...badKey, suppressed: 40 }, badKey, badKey];
    const { lines, stderr, code } = await dumpOf(events, ['--count', '3']);
    expect([code, lines.length]).toEqual([0, 3]);
    expect(stderr).toBe('listening to epic-1\n3 events shown, 0 filtered out, 40 left out (more than --rate)\n');
  });

  test('ends after a time', async () => {
    const host = await appliedGateway();
    let now = 0n;
    let looks = 0;
    const environment: Partial<Environment> = {
      ...steps([]),
      monotonicNs: () => now,
      catchStop: () => ({
        pause: async (ms) => {
          looks++;
          now += BigInt(Math.max(ms, 1)) * 1_000_000n;
          return 'elapsed';
        },
        release: () => {},
      }),
    };
    expect((await host.run(['dump', '--for', '500ms'], { environment })).code).toBe(0);
    expect(looks).toBe(50);
  });

  test('shows nothing of what happened before it began', async () => {
    const host = await appliedGateway();
    tellEvent(host.world, 'epic-1', eventRecord(badKey));
    const { stderr } = await host.run(['dump'], { environment: steps([() => {}]) });
    expect(stderr).toBe('listening to epic-1\n0 events shown, 0 filtered out, 0 left out\n');
  });

  test('follows an apply: names of what it made, and a service that moved', async () => {
    const host = await appliedGateway();
    const late = { ...badKey, service: 144 };
    let now = 0n;
    const tell = () => tellEvent(host.world, 'epic-1', eventRecord(late));
    const apply = async () => {
      const third =
        '  - {name: third, group: 3, id: 9, protocol: tcp, proxy: "5.5.5.5:99", tunnel: 100, key: another}\n';
      host.files.set('more.yaml', gatewayText + third);
      expect((await host.run(['apply', '-f', 'more.yaml'])).code).toBe(0);
      now += 1_000_000_000n;
    };
    const environment = { ...steps([tell, apply, () => {}, tell]), monotonicNs: () => now };
    await host.run(['dump'], { environment });
    const lines = host.written.get('-')?.toString().split('\n') ?? [];
    expect(lines.slice(0, -1).map((line) => /service .*/.exec(line)?.[0])).toEqual([undefined, 'service 3/9']);
  });

  test('ends when the instance is removed meanwhile, and exits 66', async () => {
    const host = await appliedGateway();
    let now = 0n;
    const remove = async () => {
      await host.run(['remove', '--yes']);
      now += 1_000_000_000n;
    };
    const environment = { ...steps([remove, () => {}, () => {}]), monotonicNs: () => now };
    const { code, stderr } = await host.run(['dump'], { environment });
    expect([code, stderr.includes('error[no-instance]: instance "epic-1" was removed meanwhile')]).toEqual([66, true]);
  });

  test('goes on when the instance was removed and made anew within a second', async () => {
    const host = await appliedGateway();
    let now = 0n;
    const anew = async () => {
      await host.run(['remove', '--yes']);
      await host.run(['apply', '-f', 'gateway.yaml']);
      now += 1_000_000_000n;
    };
    const tell = () => tellEvent(host.world, 'epic-1', eventRecord(badKey));
    const environment = { ...steps([anew, tell, () => {}]), monotonicNs: () => now };
    const { code, stderr } = await host.run(['dump'], { environment });
    expect([code, stderr]).toEqual([0, 'listening to epic-1\n1 event shown, 0 filtered out, 0 left out\n']);
  });

  test('has one reader at a time: the second is told who the first is, and exits 75', async () => {
    const host = await appliedGateway();
    let second: { code: number; stderr: string } | undefined;
    const another = async () => {
      second = await host.run(['dump'], { environment: steps([]) });
    };
    const first = await host.run(['dump'], { environment: steps([another]) });
    expect([first.code, second?.code]).toEqual([0, 75]);
    expect(second?.stderr).toMatch(/error\[locked\]: events of instance epic-1 are read by process \d+/);
    expect((await host.run(['dump'], { environment: steps([]) })).code).toBe(0);
  });

  test('colours drops on a terminal only', async () => {
    const plain = await dumpOf([badKey]);
    const coloured = await dumpOf([badKey], [], { terminal: true });
    expect([plain.lines[0]?.includes('\u001b'), coloured.lines[0]?.includes('\u001b[31mbad-key')]).toEqual([
      false,
      true,
    ]);
  });

  test('ends when nobody reads its output any more', async () => {
    const host = await appliedGateway();
    const environment: Partial<Environment> = {
      ...steps(Array(100).fill(() => {})),
      openSink: async () => ({ isTerminal: false, write: () => {}, flush: () => 'gone', close: () => {} }),
    };
    expect((await host.run(['dump'], { environment })).code).toBe(0);
  });

  test('reads no further while its output is full, and loses nothing of it', async () => {
    const host = await appliedGateway();
    let room = 0;
    const written: string[] = [];
    const tell = () => tellEvent(host.world, 'epic-1', eventRecord(badKey));
    const environment: Partial<Environment> = {
      ...steps([tell, tell, tell, () => room++, () => {}, () => {}]),
      openSink: async () => ({
        isTerminal: false,
        write: (bytes) => written.push(Buffer.from(bytes).toString()),
        flush: () => (room > 0 || written.length === 0 ? 'empty' : 'waiting'),
        close: () => {},
      }),
    };
    const { stderr } = await host.run(['dump'], { environment });
    expect([written.length, stderr]).toEqual([3, 'listening to epic-1\n3 events shown, 0 filtered out, 0 left out\n']);
  });

  test.each<[string, string[], number, string]>([
    ['a verdict that there is not', ['--verdict', 'bad-kee'], 64, '"bad-kee" is not a verdict'],
    ['a service that is none', ['--service', 'web'], 64, 'is not group/id of a service'],
    ['a tunnel that is none', ['--tunnel', '0'], 64, 'is not the number of a tunnel'],
    ['an address that is none', ['--address', '10.0.0.256'], 64, 'is neither an IP address nor a prefix'],
    ['an interface that runs nothing', ['--interface', 'eth7'], 65, 'runs no program of instance "epic-1"'],
    ['--json and -w -', ['--json', '-w', '-'], 64, 'both want standard output'],
    ['no packets at all', ['--count', '0'], 64, 'is not a number from 1 on'],
  ])('refuses %s', async (_, words, code, message) => {
    const host = await appliedGateway();
    const finished = await host.run(['dump', ...words], { environment: steps([]) });
    expect([finished.code, `${finished.stdout}${finished.stderr}`]).toEqual([code, expect.stringContaining(message)]);
  });

  test('refuses to write a capture file to a terminal', async () => {
    const { code, stderr } = await dumpOf([], ['-w', '-'], { terminal: true });
    expect([code, stderr.includes('nothing for a terminal')]).toEqual([64, true]);
  });

  test('wonders about a service or a tunnel that is not live, and about hooks that are off', async () => {
    const host = await appliedGateway();
    await host.run(['detach', '--yes']);
    const { code, stderr } = await host.run(['dump', '--service', '9/9', '--tunnel', '9'], { environment: steps([]) });
    expect(code).toBe(0);
    expect(stderr.match(/^warning.*$/gm)).toEqual([
      expect.stringContaining('no interface runs instance "epic-1"'),
      expect.stringContaining('has no service 9/9 now'),
      expect.stringContaining('has no tunnel 9 now'),
    ]);
  });
});

describe('dump -w', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trueingress-dump-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function captured(events: readonly WrittenEvent[], words: readonly string[] = []): Promise<string> {
    const { host, lines, stdout } = await dumpOf(events, ['-w', 'x.pcapng', ...words]);
    expect([lines, stdout]).toEqual([[], '']);
    const file = join(directory, `${words.length}-${events.length}.pcapng`);
    writeFileSync(file, host.written.get('x.pcapng') ?? '');
    return file;
  }

  test.skipIf(whyNoTshark())('is read by tshark with interface, direction, verdict, time and lengths', async () => {
    const long = handFrames.find(({ name }) => name === 'data, cut short');
    const file = await captured([
      encapsulated,
      { ...badKey, suppressed: 5 },
      moved,
      { ...badKey, ifindex: 7, frame: long?.frame ?? gueFrame, length: long?.bytes ?? 0 },
    ]);
    const names = [
      ...(['frame.interface_name', 'frame.packet_flags_direction', 'frame.comment', 'frame.time_epoch'] as const),
      ...(['frame.len', 'frame.cap_len', 'frame.drop_count', 'tigue.service', 'tcp.dstport'] as const),
    ] as const;
    expect(tsharkFields(file, names)).toMatchObject([
      {
        'frame.interface_name': ['eth0'],
        'frame.packet_flags_direction': ['0x00000002'],
        'frame.comment': ['verdict encapsulated, service 2/1, tunnel 100'],
        'frame.time_epoch': ['1700000000.123456789'],
        'tigue.service': ['1'],
        'tcp.dstport': ['3100'],
      },
      {
        'frame.packet_flags_direction': ['0x00000001'],
        'frame.comment': ['verdict bad-key, service 2/2'],
        'frame.drop_count': ['5'],
      },
      {
        'frame.interface_name': ['interface 7'],
        'frame.len': [String(long?.bytes)],
        'frame.cap_len': ['256'],
      },
    ]);
  });

  test('holds no key, unless asked for', async () => {
    const { host } = await dumpOf([encapsulated, badKey], ['-w', 'x.pcapng']);
    expect(host.written.get('x.pcapng')?.indexOf(key)).toBe(-1);
    const secret = await dumpOf([encapsulated], ['-w', 'x.pcapng', '--show-secrets']);
    expect(secret.host.written.get('x.pcapng')?.indexOf(key)).toBeGreaterThan(0);
  });

  test('to standard output writes the capture and nothing else there', async () => {
    const { host, stdout, stderr } = await dumpOf([encapsulated], ['-w', '-']);
    const file = host.written.get('-');
    expect([stdout, file?.readUInt32LE(0), file?.indexOf('events shown')]).toEqual(['', 0x0a0d0d0a, -1]);
    expect(stderr).toBe('listening to epic-1\n1 event shown, 0 filtered out, 0 left out\n');
  });
});
