// The wall clock of a process that runs for months.
import { describe, expect, test } from 'vitest';
import { openWallClock } from '../../../src/cli/wall-clock.ts';

describe('the wall clock', () => {
  test('tells microseconds since the start as long as the clock is not corrected', () => {
    let passedMs = 0;
    const now = openWallClock(
      () => Math.floor(1000 + passedMs),
      () => passedMs,
      1000,
    );
    passedMs = 0.25;
    expect(now()).toBe(1_000_250_000n);
    passedMs = 86_400_000.125;
    expect(now()).toBe(86_401_000_125_000n);
  });

  test.each([3_600_000, -3_600_000])('follows a clock that is set by %i ms', (setMs) => {
    let corrected = 0;
    const now = openWallClock(
      () => 10_000_000 + corrected,
      () => 0,
      10_000_000,
    );
    expect(now()).toBe(10_000_000_000_000n);
    corrected = setMs;
    expect(now()).toBe(BigInt(10_000_000 + setMs) * 1_000_000n);
  });
});
