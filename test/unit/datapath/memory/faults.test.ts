import { describe, expect, test } from 'vitest';
import { createRecorder, type FaultPlan, Killed } from '../../../../src/datapath/memory/faults.ts';

function record(faults: FaultPlan) {
  const done: string[] = [];
  let deaths = 0;
  const steps = createRecorder(
    faults,
    () => {},
    () => deaths++,
  );
  const tryStep = (method: string, what: string): string => {
    try {
      steps.write(method, what, () => done.push(what));
      return 'ok';
    } catch (error) {
      return error instanceof Killed ? 'killed' : (error as { errnoName: string }).errnoName;
    }
  };
  return { steps, done, tryStep, deaths: () => deaths };
}

describe('a fault plan', () => {
  test('refuses the n-th step of all, which then does not happen', () => {
    const { tryStep, done } = record([{ at: 2, outcome: 'ENOMEM' }]);
    expect(['one', 'two', 'three'].map((what) => tryStep('writeRows', what))).toEqual(['ok', 'ENOMEM', 'ok']);
    expect(done).toEqual(['one', 'three']);
  });

  test('refuses the n-th step of one method, as often as it says', () => {
    const { tryStep } = record([{ at: 2, method: 'attach', outcome: 'ENODEV', times: 2 }]);
    const methods = ['attach', 'detach', 'attach', 'detach', 'attach', 'attach'];
    expect(methods.map((method) => tryStep(method, method))).toEqual(['ok', 'ok', 'ENODEV', 'ok', 'ENODEV', 'ok']);
  });

  test('kills once: what was done stays done, and nothing is done any more', () => {
    const { tryStep, done, steps, deaths } = record([{ at: 2, outcome: 'kill' }]);
    expect(['one', 'two', 'three'].map((what) => tryStep('writeRows', what))).toEqual(['ok', 'killed', 'killed']);
    expect(done).toEqual(['one']);
    expect([steps.dead, deaths()]).toEqual([true, 1]);
  });

  test('writes down what was tried, and whether it would have outlived the process', () => {
    const { steps, tryStep } = record([{ at: 2, outcome: 'EPERM' }]);
    steps.read('observe', 'epic-1', () => {});
    tryStep('attach', 'ingress of 2');
    expect(steps.log).toEqual([
      { method: 'observe', what: 'epic-1', writes: false },
      { method: 'attach', what: 'ingress of 2', writes: true },
    ]);
  });
});
