// One guest from power on to power off: an emulated machine (no KVM needed), its console in a file, a limit of time. It dies
// with this process, so that Ctrl-C ends both.
import { createWriteStream, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { Running } from '../support/lab-process.ts';

export interface Ended {
  readonly seconds: number;
  readonly timedOut: boolean;
  /** Of the emulator; what the tests came to is in the report. */
  readonly code: number;
}

/** Room for the report, which the guest writes to its second disk. */
const reportBytes = 32 * 1024 * 1024;

export async function boot(directory: string, series: string, limitSeconds: number): Promise<Ended> {
  const place = `${directory}/${series}`;
  const report = `${place}/report.raw`;
  rmSync(report, { force: true });
  writeFileSync(report, '');
  truncateSync(report, reportBytes);
  const began = performance.now();
  const log = createWriteStream(`${place}/console.log`);
  const said = new PassThrough();
  createInterface({ input: said }).on('line', (raw) => {
    const line = stripVTControlCharacters(raw).replaceAll('\r', '');
    log.write(`${line}\n`);
    if (worthTelling.test(line)) console.log(`  ${line.trimEnd()}`);
  });
  const guest = new Running(['nice', ...machine(directory, place, report)], {
    onStdout: (text) => void said.write(text),
  });
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    void guest.end('SIGTERM');
  }, limitSeconds * 1000);
  const { code, stderr } = await guest.done;
  clearTimeout(limit);
  log.end(stderr);
  return { seconds: (performance.now() - began) / 1000, timedOut, code };
}

/** A file of tests, a test that failed, what the guest says of itself. */
const worthTelling = /^ [✓❯↓] \||^ +×|^guest: |Kernel panic|BUG:|Oops:/;

function machine(directory: string, place: string, report: string): string[] {
  const disk = (file: string, more = ''): string[] => ['-drive', `if=virtio,format=raw,file=${file}${more}`];
  return [
    ...['qemu-system-x86_64', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1024'],
    ...['-nographic', '-no-reboot', '-nic', 'none', '-kernel', `${place}/vmlinuz`, '-initrd', `${place}/initramfs`],
    // A panic reboots at once, and -no-reboot makes that the end.
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
    ...disk(`${directory}/root.ext4`, ',snapshot=on'),
    ...disk(report),
  ];
}
