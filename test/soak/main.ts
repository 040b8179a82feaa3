// `make soak`: what the daemon costs over thousands of reconciles. Exit code 1 when it grows or is dearer than promised.
import { verdictOf } from '../evidence/soak.ts';
import { soak } from '../support/lab-soak.ts';

const rounds = Number(process.env.ROUNDS || 10_000);
const services = Number(process.env.SERVICES || 10_000);
const changes = Math.max(20, Math.round(rounds / 20));
const options = { services, rounds, changes, idleMs: 60_000 };
const soaked = await soak(options, (text) => process.stderr.write(`… ${text}\n`));
const { figures, holds } = verdictOf(options, soaked);
process.stdout.write(`${holds ? 'holds ' : 'BROKEN'} ${figures.replaceAll('; ', '\n       ')}\n`);
process.exitCode = holds ? 0 : 1;
