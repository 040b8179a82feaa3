// An apply that must be confirmed, and everything killed that had to do with it: when the traffic is old again, and the rows.
import { raiseLab } from '../support/lab.ts';
import { killEverything, serveWeb, withinMs } from '../support/lab-confirm.ts';
import type { Evidence } from './evidence.ts';

const rounds = 3;

export async function measureConfirm(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await serveWeb(lab);
    const taken = [];
    for (let round = 0; round < rounds; round++) taken.push(await killEverything(lab));
    return [
      {
        promise: 'what nobody confirms is taken back, whoever is dead',
        figures:
          `${rounds} applies that cut the traffic, --confirm-within ${withinMs}ms, SIGKILL for ${taken.map(({ killed }) => killed).join(', ')} processes ` +
          `(command, shells, session leader); page meanwhile: ${taken.map(({ during }) => during).join(', ')}; ` +
          `page back ${taken.map(({ lateMs }) => `${(lateMs / 1000).toFixed(2)} s`).join(', ')} after the deadline; ` +
          `rows before, live, after: ${taken.map(({ rowsBefore, rowsDuring, rowsAfter }) => `${rowsBefore} ${rowsDuring} ${rowsAfter}`).join(' | ')}; ` +
          `confirm then exits ${taken.map(({ confirmExit }) => confirmExit).join(', ')}`,
        holds: taken.every(
          (one) =>
            one.timerSurvived &&
            one.killed === 3 &&
            one.during !== '200' &&
            one.rowsDuring !== one.rowsBefore &&
            one.rowsAfter === one.rowsBefore &&
            one.lateMs > -50 &&
            one.confirmExit === 7,
        ),
      },
    ];
  } finally {
    await lab.destroy();
  }
}
