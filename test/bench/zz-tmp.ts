import { openPlace } from './place.ts';
import { topologyText } from './topology.ts';
const place = openPlace();
try {
  const n = Number(process.env.N ?? 1000);
  const file = place.write('peer.yaml', topologyText(n));
  for (let i = 0; i < 5; i++) {
    const v = place.trueingressCounted('validate', '-f', file);
    const a = place.trueingressCounted('apply', '-f', file, '--json');
    const p = place.trueingressCounted('plan', '-f', file);
    const r = place.trueingressCounted('remove', '--yes');
    console.log('validate', v.wallMs, v.cpuMs, 'apply', a.wallMs, a.cpuMs, 'plan', p.wallMs, p.cpuMs, 'remove', r.wallMs);
    const j = JSON.parse(a.stdout);
    console.log(JSON.stringify(j.timings ?? j.phases ?? Object.keys(j)));
    if (process.env.PROF && i === 4) {
      place.trueingress('apply', '-f', file);
    }
  }
} finally { place.close(); }
