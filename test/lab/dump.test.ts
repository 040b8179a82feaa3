// dump and stats --watch with real traffic: what the programs tell of a tunnel's life, what Wireshark makes of it, and what a reader costs that was killed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeFields, fieldNames } from '../support/decoder.ts';
import { key } from '../support/hand-frames.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { type Family, families } from '../support/lab-network.ts';
import { must, type Running, sleep } from '../support/lab-process.ts';
import {
  apply,
  applyAll,
  echo,
  hidden,
  inFamily,
  ping,
  tunnel100,
  tunnel100Over,
  tunnel101,
  tunnel101Over,
  web,
} from '../support/lab-topology.ts';
import { fetchPage, startFlow } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';
import { tsharkFields, whyNoTshark } from '../support/tshark.ts';

interface EventLine {
  readonly kind: string;
  readonly event: string;
  readonly interface: string;
  readonly direction: string;
  readonly verdict: string;
  readonly service?: { readonly group: number; readonly id: number };
  readonly tunnel?: number;
  readonly remote?: string;
  readonly shown?: number;
  readonly leftOut?: number;
}

describe.skipIf(whyNoLab())('dump', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await apply(lab, 'gateway1', {
      tunnels: [tunnel100.gateway, tunnel101.gateway],
      services: [web, echo, hidden],
    });
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: [web, echo] },
      node2: { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] },
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const running = new Set<Running>();
  afterEach(async () => {
    await Promise.all([...running].map((one) => one.end('SIGKILL')));
    running.clear();
  });

  /** On gateway1, once it listens. */
  async function dump(words: readonly string[] = []): Promise<Running> {
    const before = await until();
    const started = lab.spawn('gateway1', lab.commandLine(['dump', '-i', lab.instance('gateway1'), ...words]), {
      env: lab.environment,
    });
    running.add(started);
    for (let tries = 0; (await until()) === before && tries < 500; tries++) await sleep(20);
    return started;
  }

  const learned = (name: string) => join(lab.bpffs, 'trueingress', lab.instance('gateway1'), 'learned', name);

  /** CAPTURE's deadline, as bpftool reads it. */
  async function until(): Promise<bigint> {
    const text = await must(`bpftool -j map lookup pinned ${learned('capture')} key 0 0 0 0`.split(' '));
    const { value }: { value: string[] } = JSON.parse(text);
    return Buffer.from(value.map(Number)).readBigUInt64LE(0);
  }

  function linesOf(stdout: string): EventLine[] {
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test('tells of each packet of a page, both ways, with service and tunnel, and of nothing else', async () => {
    const listener = await dump(['--json']);
    expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    const { stdout, code } = await listener.end('SIGINT');
    const lines = linesOf(stdout);
    const packets = lines.filter(({ kind }) => kind === 'Event');
    expect(code).toBe(0);
    expect(new Set(packets.map((one) => `${one.interface} ${one.direction} ${one.verdict}`))).toEqual(
      new Set(['eth0 egress encapsulated', 'eth0 ingress decapsulated']),
    );
    expect(packets.length).toBeGreaterThan(8);
    for (const one of packets) expect(one).toMatchObject({ service: { group: 2, id: 1 }, tunnel: 100 });
    expect(lines.at(-1)).toMatchObject({ kind: 'Dump', shown: packets.length, filtered: 0, leftOut: 0 });
  });

  test('tells of drops: a tunnel without a remote; then of the remote that was learned, and that it moved', async () => {
    const listener = await dump(['--json', '--tunnel', '101']);
    await fetchPage(lab, `http://${hidden.proxy}/`, { timeoutMs: 500 });
    const heardPings = () => listener.stdout.split('"ping-').length - 1;
    await ping(lab, 'node2');
    await expect.poll(heardPings, soon).toBe(2);
    await lab.moveNat();
    await ping(lab, 'node2');
    await expect.poll(heardPings, soon).toBe(4);
    const events = linesOf((await listener.end('SIGINT')).stdout).filter(({ kind }) => kind === 'Event');
    expect(events.filter(({ verdict }) => verdict === 'no-remote').length).toBeGreaterThan(0);
    const remotes = events.filter(({ event }) => event !== 'packet');
    expect(remotes.map(({ event }) => event)).toEqual(['learned', 'moved']);
    expect(remotes[0]?.remote).toMatch(/^172\.1\.0\.1:200\d\d$/);
    expect(remotes[1]?.remote).toMatch(/^172\.1\.0\.1:300\d\d$/);
    expect(events.filter(({ event, verdict }) => event === 'packet' && verdict.startsWith('ping-'))).toHaveLength(2);
  });

  test('goes on over applies, also one that loads the programs anew, and knows what they brought', async () => {
    const listener = await dump(['--json']);
    const one = { ...web, name: 'one', id: 77, proxy: '5.5.5.5:3177', endpoint: '1.1.1.2:4000', key: 'key-of-77' };
    for (let count = 0; count < 3; count++) {
      const services = count % 2 ? [web, echo, hidden] : [web, echo, hidden, one];
      await applyAll(lab, {
        gateway1: { tunnels: [tunnel100.gateway, tunnel101.gateway], services },
        node1: { tunnels: [tunnel100.node], services: [web, echo, one] },
      });
      expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    }
    // It asks for names once a second.
    const named = async (): Promise<string[]> => {
      expect(await fetchPage(lab, `http://${one.proxy}/`)).toMatchObject({ status: 200 });
      const whole = listener.stdout.slice(0, listener.stdout.lastIndexOf('\n'));
      return linesOf(whole).map(({ service }) => `${service?.group}/${service?.id}`);
    };
    await expect.poll(named, soon).toEqual(expect.arrayContaining(['2/1', '2/77']));
    expect(await listener.end('SIGINT')).toMatchObject({ code: 0 });
  });

  test('is one at a time: the second is told who the first is', async () => {
    const listener = await dump();
    const other = await lab.trueingress('gateway1', ['dump', '-i', lab.instance('gateway1')]);
    expect(other.code).toBe(75);
    expect(other.stderr).toMatch(new RegExp(`are read by pid ${listener.pid}, since \\S+Z: .* dump `));
    await listener.end('SIGINT');
    const third = await lab.trueingress('gateway1', ['dump', '-i', lab.instance('gateway1'), '--for', '100ms']);
    expect(third.code).toBe(0);
  });

  test('that was killed is listened for no longer than two seconds, and then costs nothing', async () => {
    const listener = await dump();
    const now = process.hrtime.bigint();
    expect(await until()).toBeGreaterThan(now);
    await listener.end('SIGKILL');
    expect(await until()).toBeLessThan(process.hrtime.bigint() + 2_000_000_000n);
    await sleep(2100);
    expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    expect(await until()).toBe(0n);
  });

  test('is told of no more packets in a second than it asked for, and how many more there were', async () => {
    const flood = await startFlow(lab, {
      to: echo.proxy,
      at: 'node1',
      endpoint: echo.endpoint,
      perSecond: 1000,
      count: 9000,
      seconds: 9,
    });
    const began = Date.now();
    const listener = await dump(['--json', '--rate', '5', '--for', '2s', '--verdict', 'encapsulated']);
    const { stdout, code } = await listener.done;
    const seconds = Math.ceil((Date.now() - began) / 1000);
    await flood.stop();
    const last = linesOf(stdout).at(-1);
    expect([code, last?.kind]).toEqual([0, 'Dump']);
    // So many seconds touch one more of each CPU's.
    expect(last?.shown).toBeLessThanOrEqual(5 * (seconds + 1) * availableParallelism());
    expect(last?.shown).toBeGreaterThan(0);
    expect(last?.leftOut).toBeGreaterThan(500);
  });

  test('takes its word back when it ends by itself', async () => {
    const listener = await dump(['--count', '2']);
    await fetchPage(lab, `http://${web.proxy}/`);
    expect(await listener.done).toMatchObject({ code: 0, stderr: expect.stringContaining('2 events shown') });
    expect(await until()).toBe(0n);
  });

  test('ends when its reader goes away, and on a signal although its reader sleeps', async () => {
    const command = lab.commandLine(['dump', '-i', lab.instance('gateway1'), '--verdict', 'all', '--rate', '100000']);
    const shell = (script: string) =>
      lab.spawn('gateway1', ['sh', '-c', script, 'sh', ...command], { env: lab.environment });
    const flood = await startFlow(lab, {
      to: echo.proxy,
      at: 'node1',
      endpoint: echo.endpoint,
      perSecond: 2000,
      count: 120_000,
      seconds: 60,
    });
    expect((await shell('"$@" | head -n 1').done).stdout).toContain(' eth0 ');
    // The pids come out beside the pipe.
    const asleep = shell(
      'exec 3>&1; { "$@" & echo "pid $!" >&3; wait; } | sh -c \'echo "reader $$" >&3; exec sleep 60\'',
    );
    for (const name of ['pid ', 'reader ']) await asleep.says(name);
    const [pid, reader] = [/pid (\d+)/, /reader (\d+)/].map((form) => Number(form.exec(asleep.stdout)?.[1]));
    if (!pid || !reader) throw new Error('a pid was not told');
    for (let tries = 0; (await until()) === 0n && tries < 500; tries++) await sleep(20);
    // By then the pipe is full.
    await sleep(1000);
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => existsSync(`/proc/${pid}`), soon).toBe(false);
    expect(existsSync(`/proc/${reader}`)).toBe(true);
    expect(await until()).toBe(0n);
    process.kill(reader, 'SIGKILL');
    await asleep.end('SIGKILL');
    await flood.stop();
  });

  test('stats --watch is drawn in place on a terminal until q is typed, and leaves the terminal as it was', async () => {
    expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    const command = lab.commandLine(['stats', '--watch', '--every', '200ms', '-i', lab.instance('gateway1')]);
    const argv = [...lab.enter('gateway1'), 'script', '-qefc', `${command.join(' ')}; stty -a`, '/dev/null'];
    const terminal = spawn(argv[0] ?? '', argv.slice(1), { env: { ...process.env, ...lab.environment } });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    const ended = new Promise((resolve) => terminal.on('close', resolve));
    for (let tries = 0; shown.split('\u001b[H').length < 4 && tries < 500; tries++) await sleep(20);
    terminal.stdin.write('q');
    expect(await ended).toBe(0);
    expect(shown).toMatch(/egress +encapsulated +[\d.]+ +[\d.]+ +\d+/);
    expect(shown).toMatch(/ icanon /);
    expect(shown).toMatch(/ echo /);
  });

  describe.skipIf(whyNoTshark())('in Wireshark', () => {
    test('has interface, direction and verdict, no key, and agrees with the independent decoder on every packet', async () => {
      const file = join(lab.directory, 'dump.pcapng');
      const listener = await dump(['--verdict', 'all', '-w', file]);
      await fetchPage(lab, `http://${web.proxy}/`);
      await ping(lab, 'node2');
      await fetchPage(lab, `http://${hidden.proxy}/`);
      await listener.end('SIGINT');
      expect(readFileSync(file).indexOf(key)).toBe(-1);
      const meta = ['frame.interface_name', 'frame.packet_flags_direction', 'frame.comment'] as const;
      const seen = tsharkFields(file, [...meta, 'tigue.kind']);
      const encapsulated = seen.filter(
        (one) => one['frame.comment']?.[0] === 'verdict encapsulated, service 2/1, tunnel 100',
      );
      expect(encapsulated.length).toBeGreaterThan(4);
      for (const one of encapsulated)
        expect(one).toEqual({
          'frame.interface_name': ['eth0'],
          'frame.packet_flags_direction': ['0x00000002'],
          'frame.comment': one['frame.comment'],
          'tigue.kind': ['1'],
        });
      agrees(file, framesOfPcapng(readFileSync(file)));
    });

    test.each(families)(
      'shows every kind of datagram on the wire over %s as the independent decoder reads it',
      async (outer) => {
        const file = join(lab.directory, `wire-${outer}.pcap`);
        const argv = [
          'tcpdump',
          '-i',
          'u-gateway1',
          '-n',
          '-U',
          '-Z',
          'root',
          '-s',
          '0',
          '--immediate-mode',
          '-w',
          file,
        ];
        const tcpdump = lab.spawn('wire', argv);
        await tcpdump.says('listening on');
        for (const header of ['keyed', 'short'] as const) {
          await applyTunnels(lab, outer, header);
          for (const inner of families)
            expect(await fetchPage(lab, `http://${inFamily(web, inner).proxy}/`)).toMatchObject({ status: 200 });
          for (const node of ['node1', 'node2'] as const) expect(await ping(lab, node)).toMatchObject({ code: 0 });
        }
        await sleep(200);
        await tcpdump.end('SIGINT');
        const frames = framesOfPcap(readFileSync(file));
        agrees(file, frames);
        const kinds = new Set(
          frames
            .map(decodeFields)
            .map((fields) => [fields['tigue.kind'], fields['tigue.header'], fields['tigue.proto']].join(' ')),
        );
        // Data keyed and short with either family inside, pings keyed, signed and short; and what is none of these.
        for (const kind of ['1 1 4', '1 1 41', '1 2 4', '1 2 41', '2 1 ', '3 1 ', '2 2 '])
          expect(kinds).toContain(kind);
      },
    );
  });
});

/** web in both families between gateway1 and node1, and node2 that signs its pings. */
async function applyTunnels(lab: Lab, outer: Family, header: 'keyed' | 'short'): Promise<void> {
  const [between, learned] = [tunnel100Over(outer), tunnel101Over(outer)];
  const sign = { key: 'not-on-the-wire' };
  const services = families.map((inner) => inFamily(web, inner));
  await apply(lab, 'gateway1', {
    tunnels: [
      { ...between.gateway, header },
      { ...learned.gateway, sign },
    ],
    services: [...services, hidden],
  });
  await applyAll(lab, {
    node1: { tunnels: [{ ...between.node, header }], services },
    node2: { tunnels: [{ ...learned.node, sign }], services: [{ ...hidden, tunnel: 1 }] },
  });
}

/** Field by field, and that there was something to compare. */
function agrees(file: string, frames: readonly Uint8Array[]): void {
  expect(tsharkFields(file, fieldNames)).toEqual(frames.map(decodeFields));
  const kinds = new Set(frames.map((frame) => decodeFields(frame)['tigue.kind']?.[0]));
  expect([kinds.has('1'), kinds.has('2')]).toEqual([true, true]);
}

/** A pcap file, host byte order. */
function framesOfPcap(file: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    frames.push(file.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}

/** Enhanced packet blocks (type 6) of a pcapng file. */
function framesOfPcapng(file: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 12 <= file.length; at += file.readUInt32LE(at + 4))
    if (file.readUInt32LE(at) === 6) frames.push(file.subarray(at + 28, at + 28 + file.readUInt32LE(at + 20)));
  return frames;
}
