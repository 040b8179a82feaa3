// Every state of lab-repair.ts made on a host: what status called it, and what came of the next apply.
import { raiseLab } from '../support/lab.ts';
import { foundStates, look, mend, prepareFound } from '../support/lab-repair.ts';
import { type Evidence, tally } from './evidence.ts';

export async function measureRepair(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await prepareFound(lab);
    const named: string[] = [];
    const exits: number[] = [];
    let [unnamed, notWell] = [0, 0];
    for (const state of foundStates) {
      await state.make(lab);
      const { states, converged } = await look(lab);
      if (!(state.finds === 'none' ? converged : states.includes(state.finds))) unnamed++;
      named.push(state.finds);
      const after = await mend(lab, state);
      exits.push(after.code);
      if (!after.converged || after.status !== 200) notWell++;
    }
    return [
      {
        promise: 'whatever state is found, status names it and the next apply ends well',
        figures: `${foundStates.length} states (${tally(named)}), not named ${unnamed}; next apply's exit: ${tally(exits)}; not converged or no page afterwards ${notWell}`,
        holds: unnamed + notWell === 0 && exits.every((code) => code === 0),
      },
    ];
  } finally {
    await lab.destroy();
  }
}
