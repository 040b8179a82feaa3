// Fail closed: what the wire carried beside GUE and address resolution, while pages travel, while rows change under them, and
// while the far end refuses everything.
import { type HookKind, raiseLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { applyRounds } from '../support/lab-changes.ts';
import { apply, hidden, tunnel100, tunnel101, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import type { Evidence } from './evidence.ts';

const pages = 10;

export async function measureLeaks(hook: HookKind): Promise<Evidence[]> {
  const lab = await raiseLab({ hook });
  try {
    const tunnels = [tunnel100.gateway, tunnel101.gateway];
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web] });
    await apply(lab, 'gateway1', { tunnels, services: [web, hidden] });
    const capture = await lab.capture('wire', 'underlay');

    const good = await fetchPage(lab, 'http://5.5.5.5:3100/bytes/2000000');
    const unresolved = await fetchPage(lab, `http://${hidden.proxy}/`, { timeoutMs: 700 });
    await apply(lab, 'gateway1', { tunnels, services: [{ ...web, key: 'not-the-key' }, hidden] });
    const wrongKey = await fetchPage(lab, 'http://5.5.5.5:3100/', { timeoutMs: 700 });
    await apply(lab, 'gateway1', { tunnels, services: [web, hidden] });
    const [rounds, during] = await Promise.all([applyRounds(lab, 10), fetchPages(lab, pages)]);

    const { frames, missed } = await capture.stop();
    const clear = clearText(frames);
    const gue = frames.filter(({ kind }) => kind.startsWith('gue')).length;
    const example = clear[0] ? `, first: ${describeFrame(clear[0])}` : '';
    return [
      {
        promise: 'fail closed: nothing in the clear on the wire',
        figures:
          `hook ${hook}: captured ${frames.length} frames, GUE ${gue}, ARP ${frames.filter(({ kind }) => kind === 'arp').length}, ` +
          `clear text ${clear.length}${example}, missed ${missed}; page ${good.status ?? good.error}, ` +
          `unresolved tunnel ${unresolved.error ?? unresolved.status}, wrong key ${wrongKey.error ?? wrongKey.status}, ` +
          `${during} of ${pages} pages during ${rounds.length} applies`,
        holds:
          clear.length === 0 &&
          missed === 0 &&
          gue > 0 &&
          good.bytes === 2_000_000 &&
          unresolved.error !== undefined &&
          wrongKey.error !== undefined &&
          during === pages &&
          rounds.every(({ code }) => code === 0),
      },
    ];
  } finally {
    await lab.destroy();
  }
}

/** Pages that arrived, of so many asked one after the other. */
async function fetchPages(lab: Parameters<typeof fetchPage>[0], count: number): Promise<number> {
  let arrived = 0;
  for (let index = 0; index < count; index++) {
    if ((await fetchPage(lab, 'http://5.5.5.5:3100/', { timeoutMs: 1000 })).status === 200) arrived++;
  }
  return arrived;
}
