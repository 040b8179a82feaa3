// `make test-kernels`: the kernel and lab tests on other kernels than this machine's, each booted in an emulated machine.
// KERNELS (series of Debian's cloud kernels), ONLY (words of test names), FILES (words of file names), LIMIT (seconds a guest).
// Exit code 0: on every kernel tests ran, and all of them passed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { must } from '../support/lab-process.ts';
import { boot } from './boot.ts';
import { type KernelRun, readReport, runProblems, summary } from './report.ts';

const scripts = 'scripts/kernels';
const directory = 'build/kernels';
const seriesForm = /^\d+\.\d+$/;

async function main(): Promise<number> {
  const series = words(process.env.KERNELS);
  const wrong = series.filter((one) => !seriesForm.test(one));
  if (series.length === 0 || wrong.length > 0) {
    console.error(
      `KERNELS= must name series of kernels, as "6.1 6.12"${wrong.length ? `, not ${wrong.join(' ')}` : ''}`,
    );
    return 64;
  }
  const limitSeconds = Number(process.env.LIMIT ?? 3600);
  mkdirSync(directory, { recursive: true });
  for (const one of series) await prepare([`${scripts}/fetch.sh`, one]);
  console.log('> making the disk of the guests: this tree, Node, the tools that the tests use');
  await prepare([`${scripts}/root.sh`, ...series]);
  const request = `${directory}/request`;
  writeFileSync(request, requestText(process.env.ONLY ?? '', words(process.env.FILES)));

  const runs: KernelRun[] = [];
  for (const one of series) {
    await prepare([`${scripts}/initramfs.sh`, one, request]);
    console.log(`> booting Linux ${one}; all that it says: ${directory}/${one}/console.log`);
    const ended = await boot(directory, one, limitSeconds);
    runs.push({ series: one, ...ended, report: readReport(`${directory}/${one}/report.raw`) });
  }
  console.log(summary(runs));
  return runs.every((run) => runProblems(run).length === 0) ? 0 : 1;
}

async function prepare(argv: readonly string[]): Promise<void> {
  const told = await must(argv, { timeoutMs: 900_000 });
  if (told) process.stdout.write(told);
}

/** Read by the guest's shell. */
function requestText(only: string, files: readonly string[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return `ONLY=${quoted(only)}\nFILES=${quoted(files.join(' '))}\n`;
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter(Boolean);
}

process.exitCode = await main();
