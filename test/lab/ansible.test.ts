// The collection in ansible/, built, installed and played by Debian's ansible-core: gateway and node are two hosts of an inventory.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoAnsible } from '../support/ansible-controller.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { type Ansible, installCollection } from '../support/lab-ansible.ts';
import { topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';

const key = 'Pa55w0rd1234567';
const page = 'http://5.5.5.5:3100/';

describe.skipIf(whyNoLab() ?? whyNoAnsible())('the collection', () => {
  let lab: Lab;
  let ansible: Ansible;
  beforeAll(async () => {
    lab = await raiseLab();
    ansible = await installCollection(lab);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const topology = async (params: Readonly<Record<string, unknown>>) =>
    await ansible.module('gateway1', 'topology', params);
  const info = async (...subsets: string[]) => await ansible.module('gateway1', 'info', { gather_subset: subsets });
  const check = { _ansible_check_mode: true };
  const text = (remote = tunnel100.gateway.remote, services = [web]) =>
    topologyText(lab, 'gateway1', { tunnels: [{ ...tunnel100.gateway, remote }], services });
  const gone = () => ({ state: 'absent', instance: lab.instance('gateway1'), _ansible_diff: true });

  /** What runs on both hosts; undefined: nothing. */
  const live = async () =>
    await Promise.all(
      (['gateway1', 'node1'] as const).map(async (host) => {
        const { status } = await ansible.module(host, 'info', { gather_subset: ['status'] });
        return status?.live;
      }),
    );
  // What manages services is asked in the run between: an answer takes as long as a task.
  const noServices = ['-e', '{"trueingress_services": []}'];
  const firstGeneration = { slot: 'a', generation: 1 };
  // On each host: applying, the directory, the text.
  const three = { gateway1: { changed: 3, failed: 0 }, node1: { changed: 3, failed: 0 } };

  test('predicts in check mode what the first run of its example will do, with its difference and no key', async () => {
    const { code, recap, stdout } = await ansible.site(['--check', '--diff', ...noServices]);
    expect({ code, recap }).toEqual({ code: 0, recap: three });
    expect(stdout).toContain('+    remote: 172.1.0.4:6080');
    expect(stdout).not.toContain(key);
    expect(await live()).toEqual([undefined, undefined]);
  });

  test('makes a gateway and a node of two hosts, each confirmed, and a page goes through', async () => {
    const { code, recap, stdout, stderr } = await ansible.site(['-v']);
    expect({ code, recap }).toEqual({ code: 0, recap: three });
    expect(await live()).toEqual([firstGeneration, firstGeneration]);
    expect(await fetchPage(lab, page)).toMatchObject({ status: 200 });
    // The text with the key is kept on the host, and nowhere else.
    expect(ansible.kept('gateway1')).toContain(key);
    expect(stdout + stderr).not.toContain(key);
    expect(stdout.match(/"confirmed": true/g)).toHaveLength(2);
  });

  test('changes nothing in a second run', async () => {
    const { code, recap } = await ansible.site(noServices);
    const none = { changed: 0, failed: 0 };
    expect({ code, recap }).toEqual({ code: 0, recap: { gateway1: none, node1: none } });
  });

  test('fails with the place of a mistake on each host, before anything is done on any', async () => {
    const service = { ...web, proxy: '5.5.5.5:99999', node: 'node1' };
    const failed = await ansible.site(['-e', JSON.stringify({ services: [service] })]);
    expect(failed).toMatchObject({ code: 2, recap: { gateway1: { failed: 1 }, node1: { failed: 1 } } });
    expect(failed.stdout).toContain(`${lab.instance('gateway1')}.yaml:19:12: proxy of service`);
    expect(failed.stdout).toContain('hint: write it like 5.5.5.5:3100');
    expect(await live()).toEqual([firstGeneration, firstGeneration]);
    await topology(gone());
  });

  test('have documents that ansible-doc prints, and that have the options which they take', async () => {
    const plain = await ansible.doc([
      'trueingress.gateway.trueingress_topology',
      'trueingress.gateway.trueingress_info',
    ]);
    expect(plain).toMatch(/> TRUEINGRESS\.GATEWAY\.TRUEINGRESS_TOPOLOGY[\s\S]*EXAMPLES:[\s\S]*RETURN VALUES:/);
    expect(plain).toMatch(/> TRUEINGRESS\.GATEWAY\.TRUEINGRESS_INFO[\s\S]*EXAMPLES:[\s\S]*RETURN VALUES:/);
    expect(await ansible.doc(['--type', 'role', 'trueingress.gateway.trueingress'])).toContain('ENTRY POINT: check');
    const documents = JSON.parse(
      await ansible.doc(['--json', 'trueingress.gateway.trueingress_topology', 'trueingress.gateway.trueingress_info']),
    );
    for (const name of ['topology', 'info'] as const) {
      const documented = Object.keys(documents[`trueingress.gateway.trueingress_${name}`].doc.options).sort();
      const params = name === 'info' ? {} : { state: 'confirmed' };
      const { msg = '' } = await ansible.module('gateway1', name, { ...params, surprise: 1 });
      expect(msg).toContain('surprise');
      const taken = msg.split('Supported parameters include: ')[1]?.replace(/\.$/, '').split(', ').sort();
      expect(taken).toEqual(documented);
    }
  });

  test('change a host once, and predict in check mode what they do', async () => {
    expect(await info('status', 'history', 'version')).toMatchObject({ present: false, status: null, history: null });
    const predicted = await topology({ content: text(), ...check, _ansible_diff: true });
    expect(predicted).toMatchObject({ changed: true, diff: { before: '' } });
    expect(predicted.diff?.after).toContain('key: "(another-key)"');
    expect(await info('status')).toMatchObject({ present: false });
    const made = await topology({ content: text(), _ansible_diff: true });
    const { changed, generation, counts, changes, diff } = predicted;
    expect(made).toMatchObject({ changed, generation, counts, changes, diff });
    expect(await topology({ content: text(), _ansible_diff: true })).toMatchObject({ changed: false, generation });
    expect(await topology({ content: text(), ...check })).toMatchObject({ changed: false, generation });
    const now = await info('status', 'history', 'stats', 'version');
    expect(now).toMatchObject({
      changed: false,
      present: true,
      status: { converged: true },
      version: { version: '0.1.0' },
    });
    expect(now.history).toHaveLength(1);
    expect(Object.keys(now.stats ?? {})).toContain('services');
  });

  test('show another key as a change, and never the key', async () => {
    const other = { content: text(undefined, [{ ...web, key: 'an0ther-secret' }]), _ansible_diff: true };
    const planned = await topology({ ...other, state: 'planned' });
    expect(planned).toMatchObject({ changed: false, pending: true, counts: { change: 1 } });
    expect(planned.diff?.before).toContain('key: "(sensitive)"');
    expect(planned.diff?.after).toContain('key: "(another-key)"');
    expect(JSON.stringify(planned)).not.toMatch(/an0ther-secret|Pa55w0rd1234567/);
  });

  test('fail with file, line, column and hint, and leave the host as it is', async () => {
    const file = lab.write('bad.yaml', text().replace('"tunnel": 100', '"tunnel": 17'));
    const place = { label: 'edge.yaml', content: text().replace('"tunnel": 100', '"tunnel": 17') };
    for (const [params, at] of [
      [{ src: file, remote_src: true }, file],
      [{ src: file, remote_src: true, state: 'validated' }, file],
      [place, 'edge.yaml'],
      [{ ...place, ...check }, 'edge.yaml'],
    ] as const) {
      const failed = await topology(params);
      expect(failed).toMatchObject({ failed: true, exit_code: 65, problems: [{ code: 'tunnel-not-found' }] });
      expect(failed.msg).toMatch(
        /:\d+:\d+: service "web" uses tunnel 17, which is not defined; hint: defined is 100|hint:/,
      );
      expect(failed.msg?.startsWith(`${at}:`)).toBe(true);
    }
    expect(await topology({ content: text() })).toMatchObject({ changed: false });
  });

  test('fail where the other end does not agree, without a word of either key', async () => {
    const node = topologyText(lab, 'node1', {
      tunnels: [tunnel100.node],
      services: [{ ...web, key: 'an0ther-secret' }],
    });
    const failed = await topology({ content: text(), state: 'validated', peers: [{ name: 'node1', content: node }] });
    expect(failed).toMatchObject({ failed: true, exit_code: 1 });
    expect(failed.problems?.map(({ code }) => code)).toContain('ends-key');
    expect(failed.msg).toMatch(/^content:\d+:\d+: /);
    expect(JSON.stringify(failed)).not.toMatch(/an0ther-secret|Pa55w0rd1234567/);
  });

  test('refuse in check mode what an apply refuses', async () => {
    const nothing = { content: text().replace(/"(tunnels|services)": \[[\s\S]*?\n {2}\]/g, '"$1": []') };
    for (const mode of [{}, check]) {
      const refused = await topology({ ...nothing, ...mode });
      expect(refused).toMatchObject({ failed: true, problems: [{ code: 'would-empty' }] });
    }
    expect(await topology({ ...nothing, ...check, allow_empty: true })).toMatchObject({ changed: true });
  });

  test('keep a change that is confirmed, take back one that is not, and stage nothing meanwhile', async () => {
    const [first, second, third] = ['172.1.0.7:6080', '172.1.0.8:6080', '172.1.0.9:6080'];
    const waiting = await topology({ content: text(first), confirm_within: '10m' });
    expect(waiting).toMatchObject({ changed: true, confirmation: { goesBackTo: 1 } });
    for (const mode of [{}, check]) {
      const refused = await topology({ content: text(second), ...mode });
      expect(refused).toMatchObject({ failed: true, exit_code: 5, problems: [{ code: 'unconfirmed' }] });
    }
    expect(await topology({ state: 'confirmed', ...check })).toMatchObject({ changed: true });
    expect(await topology({ state: 'confirmed' })).toMatchObject({ changed: true, generation: waiting.generation });
    expect(await topology({ state: 'confirmed' })).toMatchObject({ changed: false });
    expect(await topology({ content: text(first) })).toMatchObject({ changed: false });
    await topology({ content: text(third), confirm_within: '10m' });
    expect(await topology({ state: 'reverted' })).toMatchObject({ changed: true, generation: waiting.generation });
    expect(await topology({ state: 'confirmed' })).toMatchObject({ failed: true, exit_code: 7 });
    expect(await topology({ content: text(first) })).toMatchObject({ changed: false });
  });

  test('go back to a generation of the history, once', async () => {
    expect(await topology({ state: 'reverted', generation: 1, ...check })).toMatchObject({ changed: true });
    expect(await topology({ state: 'reverted', generation: 1 })).toMatchObject({ changed: true });
    expect(await topology({ content: text() })).toMatchObject({ changed: false });
  });

  test('take an instance off, once', async () => {
    expect(await topology({ ...gone(), ...check })).toMatchObject({ changed: true, diff: { after: '' } });
    expect(await info('status')).toMatchObject({ present: true });
    const taken = await topology(gone());
    expect(taken).toMatchObject({ changed: true });
    expect(taken.diff?.before).toContain('proxy: 5.5.5.5:3100');
    expect(await topology(gone())).toMatchObject({ changed: false });
    expect(await info('status')).toMatchObject({ present: false });
  });
});
