// History: older generations come back row for row from what is kept; losing it stops nothing; what it costs and who can read it.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { liveRows, serveWeb } from '../support/lab-confirm.ts';
import { topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { type Evidence, tally } from './evidence.ts';

const generations = 12;

export async function measureHistory(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await serveWeb(lab);
    const rows = new Map([[1, await liveRows(lab, 'gateway1')]]);
    for (let generation = 2; generation <= generations; generation++) {
      await apply(lab, `key-${generation}`);
      rows.set(generation, await liveRows(lab, 'gateway1'));
    }
    const exits: (number | string)[] = [];
    let same = 0;
    for (const [generation, wanted] of rows) {
      exits.push(await trueingress(lab, ['revert', String(generation)]));
      if ((await liveRows(lab, 'gateway1')) === wanted) same++;
    }
    const instance = join(lab.directory, 'state', lab.instance('gateway1'));
    const files = filesBelow(instance);
    const modes = tally(files.map((path) => (statSync(path).mode & 0o777).toString(8)));
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    const entries = readdirSync(join(instance, 'entries'));
    for (const name of entries.slice(0, 5)) writeFileSync(join(instance, 'entries', name), '{');
    const broken = [await apply(lab, 'after-breaking'), await trueingress(lab, ['history'])];
    rmSync(instance, { recursive: true });
    writeFileSync(instance, 'a file where the directory was');
    const lost = await apply(lab, 'without-history');
    return [
      {
        promise: 'history brings back older generations row for row, and nothing depends on it',
        figures:
          `${generations} generations applied, then revert to each: exits ${tally(exits)}, rows as when it was live: ${same} of ${rows.size}; ` +
          `${files.length} files, modes ${modes}, ${bytes} bytes, ${entries.length} entries; ` +
          `5 entries broken: apply exits ${broken[0]}, history ${broken[1]}; directory replaced by a file: apply exits ${lost}`,
        holds:
          same === rows.size &&
          exits.every((code) => code === 0) &&
          modes === `600 ×${files.length}` &&
          broken.every((code) => code === 0) &&
          lost === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

async function apply(lab: Lab, key: string): Promise<number> {
  const parts = { tunnels: [tunnel100.gateway], services: [{ ...web, key }] };
  return await trueingress(lab, ['apply', '-f', lab.write('gateway1.yaml', topologyText(lab, 'gateway1', parts))]);
}

async function trueingress(lab: Lab, words: readonly string[]): Promise<number> {
  const named = words[0] === 'apply' ? words : [...words, '-i', lab.instance('gateway1')];
  return (await lab.trueingress('gateway1', named)).code;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}
