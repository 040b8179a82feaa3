import { openPlace, must } from './place.ts';
import { topologyText } from './topology.ts';
import { join } from 'node:path';
const place = openPlace();
try {
  const n = Number(process.env.N ?? 1000);
  const file = place.write('peer.yaml', topologyText(n));
  const own = ['--bpffs', place.bpffs, '--run-dir', place.runDirectory, '--state-dir', join(place.runDirectory, 'state')];
  for (let i=0;i<25;i++) {
  try { must(process.execPath, '--cpu-prof', '--cpu-prof-interval', '43000', '--cpu-prof-dir', '/tmp/prof', 'dist/trueingress.cjs', 'apply', '-f', file, ...own); } catch { console.log('x'); }
  try { place.trueingress('remove', '--yes'); } catch {}
  }
} finally { place.close(); }
