// The example in examples/ansible played on two hosts: what Ansible counts as changed, beside what bpftool finds in the kernel.

import type { Managed, Played } from '../support/ansible-controller.ts';
import { raiseLab } from '../support/lab.ts';
import { type Ansible, installCollection } from '../support/lab-ansible.ts';
import { liveRows } from '../support/lab-confirm.ts';
import { web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import type { Evidence } from './evidence.ts';

const hosts: readonly Managed[] = ['node1', 'gateway1'];
const badService = { ...web, proxy: '5.5.5.5:99999', node: 'node1' };

export async function measureAnsible(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const ansible = await installCollection(lab);
    const play = async (name: string, words: Parameters<Ansible['site']>[0]) => {
      const start = Date.now();
      const played = await ansible.site(words);
      const rows = await Promise.all(hosts.map((host) => liveRows(lab, host)));
      return { name, played, seconds: (Date.now() - start) / 1000, rows: rows.join(' ') };
    };
    const check = await play('--check --diff', ['--check', '--diff']);
    const first = await play('first run', ['-vvv']);
    const { status, error } = await fetchPage(lab, 'http://5.5.5.5:3100/');
    const second = await play('second run', []);
    const bad = await play('a bad port', ['-e', JSON.stringify({ services: [badService] })]);
    const runs = [check, first, second, bad];
    const told = runs.map(({ name, played, rows, seconds }) => {
      const words = `exit ${played.code}, changed ${counts(played, 'changed')}, failed ${counts(played, 'failed')}`;
      return `${name}: ${words}, rows ${rows}, ${seconds.toFixed(0)} s`;
    });
    const keys = runs.reduce((sum, { played }) => sum + occurrences(played, web.key), 0);
    const places = occurrences(bad.played, ':19:12: proxy of service');
    return [
      {
        promise: 'Ansible: check mode predicts and changes nothing, a run changes, a second does not, a bad file fails',
        figures: `${told.join('; ')}; page ${error ?? status}; place of the mistake told ${places} times; keys in all output ${keys}`,
        holds:
          check.rows === 'none none' &&
          counts(check.played, 'changed') === counts(first.played, 'changed') &&
          status === 200 &&
          counts(second.played, 'changed') === '0 0' &&
          counts(bad.played, 'failed') === '1 1' &&
          new Set([first, second, bad].map(({ rows }) => rows)).size === 1 &&
          first.rows !== check.rows &&
          places > 0 &&
          keys === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

/** Of node and gateway. */
function counts({ recap }: Played, what: 'changed' | 'failed'): string {
  return hosts.map((host) => recap[host]?.[what] ?? '?').join(' ');
}

function occurrences({ stdout, stderr }: Played, text: string): number {
  return (stdout + stderr).split(text).length - 1;
}
