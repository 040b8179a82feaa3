// argv → exit code.
import { wordsOf } from './cli/called-as.ts';
import { processEnvironment } from './cli/process.ts';
import { runCommandLine } from './cli/run.ts';

runCommandLine(wordsOf(process.argv[1], process.argv.slice(2)), processEnvironment()).then(
  (code) => {
    // Not process.exit: it would cut short what a pipe has not taken yet.
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 70;
  },
);
