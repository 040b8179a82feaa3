// A network operator's evening on a live gateway, as docs/OPERATING.md tells it: a plan, a mistake that a probe catches, an apply that
// waits for a confirmation while the session dies, the way back by itself, the apply again, confirmed; a packet traced; history; revert.
import type { Lab } from './lab.ts';
import { addresses } from './lab-network.ts';
import { Running, sleep } from './lab-process.ts';
import type { Story } from './lab-story.ts';
import { apply, tunnel100, tunnel200, web } from './lab-topology.ts';

const url = 'http://5.5.5.5:3100/';
const confirmSeconds = 6;

/** The gateway's file: `tunnel` and `port` are what the operator changes this evening. */
function gatewayFile(instance: string, { tunnel, shop }: { tunnel: number; shop: boolean }): string {
  return `apiVersion: trueingress/v1
name: ${instance}
role: gateway
interfaces: [eth0]
flags:
  egress: [fib]
tunnels:
  - id: 100
    local: ${addresses.gateway1}:6080
    remote: ${addresses.node1}:6080
  - id: 200                     # another site, not in use yet
    local: ${addresses.gateway1}:6080
    remote: 172.1.0.66:6080
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    tunnel: ${tunnel}
    key: Pa55w0rd1234567
${
  shop
    ? `  - name: shop
    group: 2
    id: 2
    protocol: tcp
    proxy: 5.5.5.5:3101
    tunnel: 100
    key: another-key
`
    : ''
}expect:                         # what must stay true, whoever edits the rest
  - packet: tcp 198.51.100.7:40000 > 5.5.5.5:3100
    at: eth0 egress
    verdict: encapsulated
    tunnel: 100
`;
}

/** Throws where the evening goes otherwise. */
export async function spendEvening(lab: Lab, story: Story): Promise<void> {
  const { say, must, fetch } = story;
  const instance = lab.instance('gateway1');
  const write = (name: string, change: { tunnel: number; shop: boolean }): void => {
    lab.write(name, gatewayFile(instance, change));
  };
  await apply(lab, 'node1', { tunnels: [tunnel100.node, tunnel200.node], services: [web] });
  write('gateway.yaml', { tunnel: 100, shop: false });

  say('The gateway runs its file.');
  await must('gateway1', 'apply -f gateway.yaml');
  await wants(fetch(url), true);

  say('A service is added to the file. What would change? Nothing is written yet.');
  write('gateway.yaml', { tunnel: 100, shop: true });
  await must('gateway1', 'plan -f gateway.yaml');

  say(
    'A mistake with it: web is sent to the other site. The packet that the file expects says so, before any hook is switched.',
  );
  write('mistake.yaml', { tunnel: 200, shop: true });
  await must('gateway1', 'apply -f mistake.yaml', 3);
  await wants(fetch(url), true);

  say(
    'Without that expectation the change would pass: it is right by itself. So it is applied for a while only, and the session dies.',
  );
  lab.write('unguarded.yaml', gatewayFile(instance, { tunnel: 200, shop: true }).replace(/expect:[\s\S]*$/, ''));
  await killedSession(lab, story, `apply -f unguarded.yaml --confirm-within ${confirmSeconds}s`);
  await wants(fetch(url, 1), false);

  say(`Nobody confirmed. After ${confirmSeconds} s the gateway runs what it ran before, by itself.`);
  await until(lab, instance, 'the old generation to be back');
  await wants(fetch(url), true);
  await must('gateway1', `confirm -i ${instance}`, 7);

  say('The right file, in the same careful way, and confirmed.');
  await must('gateway1', 'apply -f gateway.yaml --confirm-within 60s');
  await wants(fetch(url), true);
  await must('gateway1', `confirm -i ${instance}`);

  say('Why does a packet go where it goes?');
  await must('gateway1', `trace 'tcp 198.51.100.7:40000 > 5.5.5.5:3100' --at eth0:egress -i ${instance}`);

  say('What happened this evening, and back to the state before it.');
  await must('gateway1', `history -i ${instance}`);
  await must('gateway1', `revert 1 -i ${instance}`);
  await wants(fetch(url), true);
}

async function wants(answer: Promise<boolean>, wanted: boolean): Promise<void> {
  if ((await answer) !== wanted) throw new Error(wanted ? 'the page did not arrive' : 'the page arrived all the same');
}

/** A shell of its own session runs the command; when the command has ended, everything of that session is killed. */
async function killedSession(lab: Lab, { prompt, show }: Story, line: string): Promise<void> {
  prompt('gateway1', `trueingress ${line}`);
  const words = line.split(' ').map((word) => (/^[\w-]+\.yaml$/.test(word) ? `${lab.directory}/${word}` : word));
  const command = lab
    .commandLine(words)
    .map((word) => `'${word}'`)
    .join(' ');
  const session = new Running(
    [...lab.enter('gateway1'), 'setsid', 'sh', '-c', `${command}; echo done: $?; sleep 600`],
    {
      env: lab.environment,
    },
  );
  await session.says('done: 0', 60_000);
  // The shell leads the session and its one process group.
  process.kill(-session.pid, 'SIGKILL');
  const { stdout, stderr } = await session.done;
  show((stdout + stderr).replaceAll(`${lab.directory}/`, '').replace('done: 0\n', ''));
  prompt('gateway1', '(the connection is lost: every process of the session is killed)');
}

async function until(lab: Lab, instance: string, what: string): Promise<void> {
  const before = 3;
  for (let left = 100; left > 0; left--) {
    const { stdout } = await lab.trueingress('gateway1', ['status', '--json', '-i', instance]);
    const status: { confirmation?: { state?: string } } = JSON.parse(stdout);
    if (status.confirmation?.state !== 'waiting' && left < 100 - before) return;
    await sleep(200);
  }
  throw new Error(`waited for ${what} in vain`);
}
