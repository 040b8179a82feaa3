import { openPlace, must } from './place.ts';
import { topologyText } from './topology.ts';
import { join } from 'node:path';
const place = openPlace();
try {
  const n = Number(process.env.N ?? 1000);
  const file = place.write('peer.yaml', topologyText(n));
  const own = ['--bpffs', place.bpffs, '--run-dir', place.runDirectory, '--state-dir', join(place.runDirectory, 'state')];
  const r = must('strace', '-f', '-ttt', '-T', '-o', '/tmp/apply.strace', process.execPath, 'dist/trueingress.cjs', 'apply', '-f', file, ...own);
  console.log(r.wallMs);
} finally { place.close(); }
