// How much longer everything may take than on a machine of its own: TEST_PATIENCE, a factor, 1 by default. Emulated CPUs
// (`make test-kernels`) are some ten times slower. Limits and loads are scaled by it; what a test expects is not.
export const patience = Number(process.env.TEST_PATIENCE ?? 1);

/** For `expect.poll`: what happens by itself, once the machine gets round to it. */
export const soon = { timeout: 10_000 * patience, interval: 50 } as const;

/** A load (packets, packets a second, rounds) that this machine can be asked for. */
export function bearable(load: number): number {
  return Math.ceil(load / patience);
}
