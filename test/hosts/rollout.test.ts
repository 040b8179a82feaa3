// The example of the collection on two Debian hosts that were just installed, by ssh: a gateway that gets the .deb and a node that gets
// the npm package, under systemd of their own; then what the package's own scripts do there. Datagrams of a client go through all of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleSite, type Managed, managed, type Played, whyNoAnsible } from '../support/ansible-controller.ts';
import { bootHosts, type DebianHosts } from '../support/debian-hosts.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { echo, second as other, type WrittenService, web } from '../support/lab-topology.ts';
import { fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';

const page = 'http://5.5.5.5:3100/';
/** With a key that no word of a difference is. */
const second = { ...other, key: 's3cond-secret' };

/** The order of these is a story: each finds what the one before left. */
describe.skipIf(whyNoLab() ?? whyNoAnsible())('two Debian hosts with systemd, reached by ssh', () => {
  let lab: Lab;
  let hosts: DebianHosts;
  let datagrams = 0;

  beforeAll(async () => {
    lab = await raiseLab();
    hosts = await bootHosts(lab);
  });
  afterAll(async () => {
    if (datagrams > 0) console.log(`${datagrams} datagrams, 0 lost`);
    await hosts?.end();
    await lab?.destroy();
  });

  const services = (wanted: readonly WrittenService[]) => wanted.map((service) => ({ ...service, node: 'node1' }));
  const site = async (wanted: readonly WrittenService[], words: readonly string[] = []): Promise<Played> =>
    await hosts.controller.play(exampleSite, ['-e', JSON.stringify({ services: services(wanted) }), ...words]);
  /** A play that is another one is shown whole. */
  const answered = ({ code, recap, stdout, stderr }: Played, wanted: { code: number; recap: Played['recap'] }) =>
    expect({ code, recap }, stdout + stderr).toEqual(wanted);
  const both = (changed: number) => ({ gateway1: { changed, failed: 0 }, node1: { changed, failed: 0 } });
  const unit = (host: Managed): string => `trueingress@${host}.service`;
  const service = async (host: Managed) =>
    await hosts[host].properties(unit(host), ['ActiveState', 'UnitFileState', 'StatusText', 'MainPID', 'NRestarts']);
  const pids = async () => (await Promise.all(managed.map(service))).map(({ MainPID }) => MainPID);
  const on = async (host: Managed, command: string) => await hosts[host].inside(['sh', '-c', command]);
  const status = async (host: Managed) => JSON.parse((await on(host, `trueingress status --json -i ${host}`)).stdout);
  const generations = async () => [
    (await status('gateway1')).live?.generation,
    (await status('node1')).live?.generation,
  ];
  const buildOf = async (host: Managed): Promise<string> =>
    (await status(host)).slots.find(({ state }: { state: string }) => state === 'live').buildDigest;
  const builds = async () => [await buildOf('gateway1'), await buildOf('node1')];
  /** Daemons are enabled, run, were never started again by systemd, and find their hosts as the files say. */
  const runs = async (generation: string) => {
    for (const host of managed)
      await expect
        .poll(async () => await service(host), soon)
        .toMatchObject({
          ActiveState: 'active',
          UnitFileState: 'enabled',
          StatusText: expect.stringMatching(new RegExp(`^generation ${generation}, as the files say$`)),
          NRestarts: '0',
        });
  };

  /** Does something while datagrams of a client go through gateway and node and come back: none of them may be lost. */
  const underTraffic = async <T>(doing: () => Promise<T>): Promise<T> => {
    const { to, at, endpoint } = { to: '5.5.5.5:3100', at: 'node1', endpoint: '1.1.1.1:4000' } as const;
    const flow = await startFlow(lab, { to, at, endpoint, perSecond: 500, count: 1_000_000, seconds: 290 });
    const done = await doing();
    const result = await flow.stop();
    expect(result).toMatchObject(unharmed);
    expect(result.requests.sent).toBeGreaterThan(100);
    datagrams += result.requests.sent;
    return done;
  };

  test('check mode tells that a host without the package can be told nothing, and puts nothing there', async () => {
    const played = await site([web, echo], ['--check', '--diff']);
    answered(played, { code: 0, recap: both(2) });
    expect(played.stdout.match(/trueingress is not installed yet/g)).toHaveLength(2);
    for (const host of managed)
      expect((await on(host, 'command -v trueingress; ls /etc/trueingress /var/cache/trueingress')).stdout).toBe('');
  });

  test('the first run installs the packages, applies, keeps the files, enables and starts the daemons', async () => {
    const played = await site([web, echo]);
    answered(played, { code: 0, recap: { gateway1: { changed: 7, failed: 0 }, node1: { changed: 9, failed: 0 } } });
    await runs('1');
    expect((await on('gateway1', 'dpkg -s trueingress')).stdout).toContain('Status: install ok installed\n');
    expect((await on('node1', 'ls -l /usr/bin/trueingress')).stdout).toContain('node_modules/trueingress/');
    for (const host of managed)
      expect((await on(host, `stat -c %a /etc/trueingress /etc/trueingress/${host}.yaml`)).stdout).toBe('700\n600\n');
    expect(await fetchPage(lab, page)).toMatchObject({ status: 200 });
  });

  test('the second run changes nothing, and restarts nothing', async () => {
    const before = await pids();
    answered(await site([web, echo]), { code: 0, recap: both(0) });
    expect(await pids()).toEqual(before);
  });

  test('check mode predicts a change, and does none of it', async () => {
    const played = await site([web, echo, second], ['--check', '--diff']);
    answered(played, { code: 0, recap: both(2) });
    expect(played.stdout).toContain('+    proxy: 5.5.5.5:3101');
    expect(played.stdout).not.toContain(second.key);
    expect(await generations()).toEqual([1, 1]);
  });

  test('a change is confirmed over a connection made after it, on each host; the daemon takes the file and runs on', async () => {
    const [before, let1, let2] = [await pids(), await hosts.connections('gateway1'), await hosts.connections('node1')];
    const played = await underTraffic(() => site([web, echo, second], ['-v']));
    answered(played, { code: 0, recap: both(2) });
    expect(played.stdout.match(/"confirmed": true/g)).toHaveLength(2);
    // What the run before had open is used till the change, and one that is new afterwards.
    expect(await hosts.connections('gateway1')).toBe(let1 + 1);
    expect(await hosts.connections('node1')).toBe(let2 + 1);
    await expect.poll(generations, soon).toEqual([2, 2]);
    await runs('2');
    expect(await pids()).toEqual(before);
    expect(await fetchPage(lab, 'http://5.5.5.5:3101/')).toMatchObject({ status: 200 });
  });

  test('a mistake fails the play with its line, and everything goes on', async () => {
    const played = await site([{ ...web, proxy: '5.5.5.5:99999' }, echo]);
    const failed = { changed: 0, failed: 1 };
    answered(played, { code: 2, recap: { gateway1: failed, node1: failed } });
    expect(played.stdout).toMatch(/"msg": "\/etc\/trueingress\/gateway1\.yaml:\d+:\d+: proxy of service/);
    expect(await generations()).toEqual([2, 2]);
    await runs('2');
  });

  test('a change that is not confirmed goes back, and the next host is not touched', async () => {
    const never = ['-e', '{"trueingress_confirm_within": "5s", "trueingress_confirm_probe": "test -e /nowhere"}'];
    const recap = { gateway1: { changed: 0, failed: 0 }, node1: { changed: 0, failed: 1 } };
    answered(await underTraffic(() => site([web, echo], never)), { code: 2, recap });
    await runs('2');
    expect((await on('node1', 'cat /etc/trueingress/node1.yaml')).stdout).toContain('name: second');
    expect(await fetchPage(lab, 'http://5.5.5.5:3101/')).toMatchObject({ status: 200 });
  });

  test('newer packages start the daemons anew, and the programs that came with them carry on', async () => {
    const [before, programs] = [await pids(), await builds()];
    const newer = { gateway1: hosts.deb.newer, node1: hosts.npm.newer };
    const upgrade = { newer, trueingress_package: '{{ newer[inventory_hostname] }}' };
    const played = await underTraffic(() => site([web, echo, second], ['-e', JSON.stringify(upgrade)]));
    // Copied and installed; of npm's the role applies what it brought, and starts the daemon anew, which a .deb does by itself.
    const recap = { gateway1: { changed: 2, failed: 0 }, node1: { changed: 4, failed: 0 } };
    answered(played, { code: 0, recap });
    await runs('[34]');
    for (const [index, pid] of (await pids()).entries()) expect(pid).not.toBe(before[index]);
    for (const [index, build] of (await builds()).entries()) expect(build).not.toBe(programs[index]);
    expect(await fetchPage(lab, page)).toMatchObject({ status: 200 });
  });

  test('removed, the package ends its daemon and says that the datapath goes on, which it does', async () => {
    const { code, stdout, stderr } = await underTraffic(() => on('gateway1', 'dpkg --remove trueingress'));
    expect({ code }, stderr).toEqual({ code: 0 });
    expect(stdout).toContain('the datapath of instance gateway1 goes on');
    expect(await service('gateway1')).toMatchObject({ ActiveState: 'inactive', MainPID: '0' });
    expect(await fetchPage(lab, page)).toMatchObject({ status: 200 });
  });

  test('purged, it leaves what somebody wrote and what the kernel runs, and nothing else of its own', async () => {
    expect(await underTraffic(() => on('gateway1', 'dpkg --purge trueingress'))).toMatchObject({ code: 0 });
    const left = 'find / -xdev ( -path /proc -o -path /var/cache/trueingress ) -prune -o -name *trueingress* -print';
    const { stdout } = await hosts.gateway1.inside(left.split(' '));
    expect(stdout.trim().split('\n')).toEqual(['/etc/trueingress']);
    expect((await on('gateway1', 'ls /etc/trueingress; ls /run | grep trueingress')).stdout).toBe('gateway1.yaml\n');
    expect((await hosts.gateway1.systemctl(['--failed', '--plain', '--no-legend'])).stdout).toBe('');
    expect(await fetchPage(lab, page)).toMatchObject({ status: 200 });
  });
});
