// Memory given back some time after work that comes often: once for all of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLateTidying } from '../../../src/cli/memory.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('late tidying comes once for all work of half a minute, and again for later work', () => {
  let tidied = 0;
  const tidyLater = createLateTidying(() => tidied++);
  for (const seconds of [0, 10, 10]) {
    vi.advanceTimersByTime(seconds * 1000);
    tidyLater();
  }
  expect(tidied).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(tidied).toBe(1);
  vi.advanceTimersByTime(3_600_000);
  expect(tidied).toBe(1);
  tidyLater();
  vi.advanceTimersByTime(30_000);
  expect(tidied).toBe(2);
});
