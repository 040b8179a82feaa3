import { describe, expect, test } from 'vitest';
import type { Hook, Observation, Slot, SlotName } from '../../../src/datapath/port.ts';
import { hookSteps } from '../../../src/reconcile/hooks.ts';
import { findLive, nextGeneration, standbyOf } from '../../../src/reconcile/live.ts';
import { metaLayout, metaStates } from '../../../src/tables/meta.ts';
import { configuredSizes, learnedSizes } from '../../support/rows.ts';
import { interfaceOf } from '../../support/topologies.ts';

function slotOf(name: SlotName, generation: bigint, state: number = metaStates.lived): Slot {
  const meta = metaLayout.decode(new Uint8Array(metaLayout.size));
  return {
    name,
    meta: { ...meta, generation, state, slot: name },
    programs: { ingress: name === 'a' ? 1 : 3, egress: name === 'a' ? 2 : 4 },
    capacities: configuredSizes(16),
    pinned: true,
    learnedIds: learnedSizes(1),
    readable: true,
    ownLayout: true,
  };
}

function hookOf(direction: 'ingress' | 'egress', slot: SlotName | undefined, ifindex = 7): Hook {
  return { ifindex, interfaceName: `eth${ifindex}`, direction, kind: 'tcx', programId: slot === 'a' ? 1 : 3, slot };
}

function observationOf(slots: Slot[], hooks: Hook[]): Observation {
  return {
    instance: 'epic-1',
    exists: true,
    slots: Object.fromEntries(slots.map((slot) => [slot.name, slot])),
    hooks,
    learned: undefined,
    broken: [],
    missingPins: [],
    netnsInode: 1n,
    problems: [],
  };
}

describe('findLive', () => {
  test('asks the hooks and not the generation number', () => {
    const live = findLive(
      observationOf([slotOf('a', 4n), slotOf('b', 5n)], [hookOf('ingress', 'a'), hookOf('egress', 'a')]),
    );
    expect([live.slot?.name, live.state, live.stale]).toEqual(['a', 'running', []]);
    expect(standbyOf(live)).toBe('b');
  });

  test('calls hooks of two generations mixed, and the newer one the one to settle on', () => {
    const live = findLive(
      observationOf([slotOf('a', 4n), slotOf('b', 5n)], [hookOf('ingress', 'b'), hookOf('egress', 'a')]),
    );
    expect([live.slot?.name, live.state]).toEqual(['b', 'mixed']);
    expect(live.stale.map(({ direction }) => direction)).toEqual(['egress']);
  });

  test('rests on the newest complete generation when no hook runs any, never on a half-staged one', () => {
    const live = findLive(observationOf([slotOf('a', 4n), slotOf('b', 5n, metaStates.staging)], []));
    expect([live.slot?.name, live.state]).toEqual(['a', 'resting']);
  });

  test('finds nothing where only a half-staged slot is', () => {
    expect(findLive(observationOf([slotOf('a', 1n, metaStates.staging)], [])).state).toBe('none');
  });

  test('counts generations over both slots', () => {
    expect(nextGeneration(observationOf([slotOf('a', 9n), slotOf('b', 5n)], []))).toBe(10n);
  });
});

describe('hookSteps', () => {
  const eth7 = interfaceOf('eth7', 7);
  const told = (steps: ReturnType<typeof hookSteps>): string[] =>
    steps.map((step) =>
      step.action === 'attach'
        ? `attach ${step.target.interfaceName} ${step.target.direction} ${step.target.kind}`
        : step.action === 'switch'
          ? `switch ${step.from.interfaceName} ${step.from.direction}`
          : `detach ${step.hook.interfaceName} ${step.hook.direction} ${step.hook.kind}`,
    );

  test('attaches ingress before egress', () => {
    expect(told(hookSteps([eth7], [], 'tcx', false, 'a', true))).toEqual([
      'attach eth7 ingress tcx',
      'attach eth7 egress tcx',
    ]);
  });

  test('does nothing where every hook runs the slot', () => {
    const hooks = [hookOf('ingress', 'a'), hookOf('egress', 'a')];
    expect(hookSteps([eth7], hooks, 'tcx', false, 'a', false)).toEqual([]);
  });

  test('puts back a program that was taken off by hand', () => {
    expect(told(hookSteps([eth7], [hookOf('egress', 'a')], 'tcx', false, 'a', false))).toEqual([
      'attach eth7 ingress tcx',
    ]);
  });

  test('takes an interface off that is not wanted any more, egress first', () => {
    const hooks = [hookOf('ingress', 'a', 9), hookOf('egress', 'a', 9)];
    expect(told(hookSteps([], hooks, 'tcx', false, 'a', false))).toEqual([
      'detach eth9 egress tcx',
      'detach eth9 ingress tcx',
    ]);
  });

  test('leaves a clsact hook what it is, and moves it when told to', () => {
    const hooks = [hookOf('ingress', 'a'), hookOf('egress', 'a')].map((hook): Hook => ({ ...hook, kind: 'clsact' }));
    expect(hookSteps([eth7], hooks, 'tcx', false, 'a', false)).toEqual([]);
    expect(told(hookSteps([eth7], hooks, 'tcx', true, 'a', false))).toEqual([
      'attach eth7 ingress tcx',
      'attach eth7 egress tcx',
      'detach eth7 egress clsact',
      'detach eth7 ingress clsact',
    ]);
  });
});
