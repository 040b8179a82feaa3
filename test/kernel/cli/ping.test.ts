// Pings of the built command on a real network: from the tunnel's own port, also from another namespace, and the learned remote
// that a gateway's programs make of them.
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGue } from '../../../src/packet/gue.ts';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { bundle, CommandLine, runProcess } from './command.ts';

/** The node's side: its own namespace, named, so that --netns can enter it. */
const far = `trueingress-cli-${process.pid}`;

const gateway = `apiVersion: trueingress/v1
name: cli-gateway
role: gateway
interfaces: [eth0]
tunnels: [{id: 7, local: '172.16.5.1:6080', remote: learned}]
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 7, key: Pa55w0rd}
`;
const node = `apiVersion: trueingress/v1
name: cli-node
role: node
interfaces: [eth0-far]
tunnels: [{id: 100, local: '172.16.5.2:6080', remote: '172.16.5.1:6080', remoteId: 7}]
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 100, key: Pa55w0rd}
`;

describe.skipIf(whyNoKernel() !== undefined)('ping', () => {
  let place: PrivatePlace;
  let cli: CommandLine;

  beforeAll(async () => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    run('ip', 'netns', 'add', far);
    run('ip', 'link', 'set', 'eth0-far', 'netns', far);
    run('ip', 'address', 'add', '172.16.5.1/24', 'dev', 'eth0');
    run('ip', '-n', far, 'address', 'add', '172.16.5.2/24', 'dev', 'eth0-far');
    for (const device of ['lo', 'eth0-far']) run('ip', '-n', far, 'link', 'set', device, 'up');
    cli = new CommandLine(place);
    const applied = await cli.runHere(['apply', '-f', cli.write('node.yaml', node), '--netns', far]);
    if (applied.code !== 0) throw new Error(applied.stderr);
  });
  afterAll(async () => {
    await cli?.runHere(['remove', '-i', 'cli-node', '--netns', far]);
    await cli?.runHere(['remove', '-i', 'cli-gateway', '--yes']);
    run('ip', 'netns', 'delete', far);
    cli?.close();
    place?.close();
  });

  test('leaves from the port of the tunnel, in the namespace that --netns names', async () => {
    const socket: Socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(6080, '172.16.5.1', resolve));
    try {
      const heard = new Promise<[Buffer, string]>((resolve) =>
        socket.once('message', (payload, { address, port }) => resolve([payload, `${address}:${port}`])),
      );
      const { code, stdout } = await cli.runHere(['ping', '--once', '--netns', far]);
      expect(code).toBe(0);
      expect(stdout).toBe(
        'Pinged tunnel 100: 172.16.5.2:6080 → 172.16.5.1:6080, as tunnel 7 with the key of service 2/1.\n',
      );
      const [payload, from] = await heard;
      expect(from).toBe('172.16.5.2:6080');
      expect(readGue(payload)).toMatchObject({ kind: 'ping', tunnel: 7, group: 2, service: 1 });
    } finally {
      socket.close();
    }
  });

  test('says so when another program holds the port', async () => {
    const holder =
      "const s = require('dgram').createSocket('udp4'); s.bind(6080, '172.16.5.2', () => console.log('held'));";
    let finished: Awaited<ReturnType<CommandLine['run']>> | undefined;
    await runProcess('nsenter', [`--net=/run/netns/${far}`, process.execPath, '-e', holder], {
      onOutput: (_, kill) => {
        void cli.runHere(['ping', '--once', '--netns', far]).then((one) => {
          finished = one;
          kill('SIGKILL');
        });
      },
    });
    expect([finished?.code, finished?.stderr.includes('another program has this port')]).toEqual([5, true]);
  });

  test('goes on until it is stopped, makes the gateway learn, and ends with 0 on SIGTERM', async () => {
    expect((await cli.runHere(['apply', '-f', cli.write('gateway.yaml', gateway)])).code).toBe(0);
    let stopped = false;
    const command = [bundle, 'ping', '--every', '200ms', '--json', '--netns', far, ...cli.place];
    const { code, stdout } = await runProcess(process.execPath, command, {
      onOutput: (text, kill) => {
        if (text.split('\n').length > 3 && !stopped) kill('SIGTERM');
        stopped ||= text.split('\n').length > 3;
      },
    });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, lines.at(-1).rounds]).toEqual([0, lines.length - 1]);
    const status = JSON.parse((await cli.runHere(['status', '-i', 'cli-gateway', '--json'])).stdout);
    expect(status.tunnels).toMatchObject([
      { id: 7, remote: 'learned', learned: { remote: '172.16.5.2:6080', moves: 0 } },
    ]);
    const { stdout: exported } = await cli.runHere(['export', '-i', 'cli-gateway']);
    expect(exported).toMatch(/remote: learned # 172\.16\.5\.2:6080, heard /);
    const stats = JSON.parse((await cli.runHere(['stats', '-i', 'cli-gateway', '--json'])).stdout);
    expect(stats.hooks.ingress['ping-accepted'].packets).toBeGreaterThanOrEqual(3);
  });
});
