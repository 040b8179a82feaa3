// Takes a lock again and again and takes its file away each time; prints how often somebody else was inside. Arguments: path, rounds.
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tryLock } from '../../../src/native/flock.ts';

const [path = '', rounds = '0'] = process.argv.slice(2);
let others = 0;
for (let held = 0; held < Number(rounds); ) {
  const lock = tryLock(path, 'a child');
  if (!lock) continue;
  held++;
  try {
    closeSync(openSync(`${path}.inside`, 'wx'));
    unlinkSync(`${path}.inside`);
  } catch {
    others++;
  }
  lock.remove();
}
process.stdout.write(String(others));
