// A script of the old tools' lines on a gateway of the lab: what it printed, what differs from the file that it becomes, what travels.
import { raiseLab } from '../support/lab.ts';
import { gatewayScript, importScript, runOldScript } from '../support/lab-old-tools.ts';
import { applyAll, hidden, ping, tunnel100, tunnel101, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import type { Evidence } from './evidence.ts';

export async function measureOldTools(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: [web] },
      node2: { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] },
    });
    const script = gatewayScript(lab);
    const from = performance.now();
    const ran = await runOldScript(lab, 'gateway1', script);
    const ms = Math.round(performance.now() - from);
    const pinged = await ping(lab, 'node2');
    const again = await runOldScript(lab, 'gateway1', `${script}cli_tunnel set 101 172.1.0.4 6080 0 0\n`);
    const { file, said } = await importScript(lab, 'gateway1');
    const plan = await lab.trueingress('gateway1', ['plan', '-f', file, '--detailed-exitcode']);
    const pages = await Promise.all(['5.5.5.5', '5.5.5.6'].map((host) => fetchPage(lab, `http://${host}:3100/`)));
    const came = pages.map(({ body }) => /Hello from \w+/.exec(body ?? '')?.[0] ?? 'none');
    const ok = (ran.stdout.match(/\t\tOK$|\t\tCREATED$/gm) ?? []).length;
    const learned = /101\t.* -> (\S+)/.exec(again.stdout)?.[1] ?? 'nothing';
    return [
      {
        promise: 'old-tools: a script of cli_* lines runs as it is and equals the file that import makes of it',
        figures: `script of ${script.trim().split('\n').length} lines: exit ${ran.code} in ${ms} ms, ${ok} lines of success, ${ran.stdout.match(/^TUN/gm)?.length ?? 0} of TUN; run again with set 101 … 0 0: exit ${again.code}, learned still ${learned}; import: exit ${said.code}; plan of it: exit ${plan.code}, ${plan.stdout.trim().split('\n')[0]}; pages: ${came.join(', ')}`,
        holds:
          [ran, again, said, plan, pinged].every(({ code }) => code === 0) &&
          came.join() === 'Hello from node1,Hello from node2' &&
          learned.startsWith('172.1.0.1:'),
      },
    ];
  } finally {
    await lab.destroy();
  }
}
