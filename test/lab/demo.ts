// `make demo`: a web page travels client → gateway → GUE tunnel → node → server and back, configured by `trueingress apply`.
// Every line after a prompt is a command that runs, and what follows is its real output. Cleans up also on Ctrl-C.
import { type Lab, raiseLab } from '../support/lab.ts';
import { addresses } from '../support/lab-network.ts';
import { Running } from '../support/lab-process.ts';
import { tellStory } from '../support/lab-story.ts';

const colour = process.stdout.isTTY && !process.env.NO_COLOR;

const map = `
  client 10.0.0.2 ──── gateway1 172.1.0.4 ════ GUE over UDP 6080 ════ 172.1.0.3 node1, serves 1.1.1.1:4000
                              ╚═══════════════ 172.1.0.1 NAT ════════ 192.168.7.2 node2, serves 1.1.1.1:4000
`;

function gatewayFile(instance: string): string {
  return `apiVersion: trueingress/v1
name: ${instance}
role: gateway
interfaces: [eth0]
flags:
  egress: [fib]                 # look up the next hop of the tunnel's far end
tunnels:
  - id: 100
    local: ${addresses.gateway1}:6080
    remote: ${addresses.node1}:6080
  - id: 101
    local: ${addresses.gateway1}:6080
    remote: learned             # node2 is behind NAT: it announces itself
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100         # what clients connect to
    tunnel: 100
    key: Pa55w0rd1234567
  - name: hidden
    group: 2
    id: 2
    protocol: tcp
    proxy: 5.5.5.6:3100
    tunnel: 101
    key: another-key
`;
}

function nodeFile(
  instance: string,
  node: { name: string; service: number; local: string; tunnel: number; proxy: string; key: string },
): string {
  return `apiVersion: trueingress/v1
name: ${instance}
role: node
interfaces: [eth0]
flags:
  egress: [fib]
tunnels:
  - id: 1
    remoteId: ${node.tunnel}               # the gateway's number for this tunnel
    local: ${node.local}:6080
    remote: ${addresses.gateway1}:6080
services:
  - name: ${node.name}
    group: 2
    id: ${node.service}
    protocol: tcp
    proxy: ${node.proxy}
    endpoint: 1.1.1.1:4000      # where the server listens
    tunnel: 1
    key: ${node.key}
`;
}

async function tell(lab: Lab): Promise<void> {
  const { say, prompt, show, must, fetch } = tellStory(lab, (text) => process.stdout.write(text), colour);
  const [gateway, node1, node2] = [lab.instance('gateway1'), lab.instance('node1'), lab.instance('node2')];
  lab.write('gateway.yaml', gatewayFile(gateway));
  lab.write(
    'node1.yaml',
    nodeFile(node1, {
      name: 'web',
      service: 1,
      local: addresses.node1,
      tunnel: 100,
      proxy: '5.5.5.5:3100',
      key: 'Pa55w0rd1234567',
    }),
  );
  lab.write(
    'node2.yaml',
    nodeFile(node2, {
      name: 'hidden',
      service: 2,
      local: addresses.node2,
      tunnel: 101,
      proxy: '5.5.5.6:3100',
      key: 'another-key',
    }),
  );

  say('The hosts are network namespaces of this machine. Nothing else here is touched.');
  process.stdout.write(map);

  say('A topology file says what the datapath of a host must be.');
  prompt('gateway1', 'cat gateway.yaml');
  show(gatewayFile(gateway));

  say('What would change? Nothing is written yet.');
  await must('gateway1', 'plan -f gateway.yaml');

  say('Apply it: load, probe with packets of our own, and only then let traffic meet it.');
  await must('gateway1', 'apply -f gateway.yaml');
  await must('node1', 'apply -f node1.yaml');

  say('Fetch the page, and watch the wire between gateway and node: every packet is GUE (UDP 6080, header 0504 a000).');
  prompt('wire', 'tcpdump -n -t -c 6 -x not arp');
  const tcpdump = new Running([
    ...lab.enter('wire'),
    'tcpdump',
    '-i',
    'underlay',
    '-n',
    '-t',
    '-c',
    '6',
    '-x',
    '-s',
    '64',
    '--immediate-mode',
    'not',
    'arp',
  ]);
  await tcpdump.says('listening on');
  if (!(await fetch('http://5.5.5.5:3100/'))) throw new Error('the page did not arrive');
  prompt('wire', '(what tcpdump saw)');
  // Address line and the line with UDP ports and GUE header: offset 0x0010 holds both.
  show(
    `${(await tcpdump.end('SIGINT')).stdout
      .split('\n')
      .filter((line) => /^IP |0x0010/.test(line))
      .join('\n')}\n`,
  );

  say(
    'node2 is behind NAT. Until it announces itself the gateway has nowhere to send: the packets are dropped, never leaked.',
  );
  await must('node2', 'apply -f node2.yaml');
  if (await fetch('http://5.5.5.6:3100/', 1)) throw new Error('node2 was reachable before its ping');
  await must('node2', `ping --once -i ${node2}`);
  if (!(await fetch('http://5.5.5.6:3100/'))) throw new Error('node2 was not reachable after its ping');

  say('The same file again: nothing to do.');
  await must('gateway1', 'plan -f gateway.yaml');

  say('What was counted, and what the kernel runs.');
  await must('gateway1', `stats -i ${gateway}`);
  await must('gateway1', `status -i ${gateway}`);
}

async function main(): Promise<number> {
  process.stdout.write('Raising the lab: six hosts, two network segments, a NAT, two web servers.\n');
  const lab = await raiseLab();
  const interrupted = new Promise<number>((resolve) => {
    process.once('SIGINT', () => resolve(130));
    process.once('SIGTERM', () => resolve(143));
  });
  try {
    return await Promise.race([tell(lab).then(() => 0), interrupted]);
  } finally {
    process.stdout.write('\nCleaning up: namespaces, mounts and processes of the lab.\n');
    await lab.destroy();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
