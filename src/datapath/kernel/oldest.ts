// The oldest kernel that this program is proved on (`make test-kernels`): refused by name at the start, rather than by a
// verifier's log in the middle of an apply.
import { problem, Refusal } from '../../problem.ts';

export const oldestKernel = '6.1';

/** `release` as uname(2) has it. One that is not understood is let through. Throws Refusal `kernel-too-old`. */
export function requireKernel(release: string): void {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return;
  const [oldestMajor = 0, oldestMinor = 0] = oldestKernel.split('.').map(Number);
  if (Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor)) return;
  throw new Refusal(
    problem(
      'kernel-too-old',
      `this host runs Linux ${release.slice(0, 60)}, and ${oldestKernel} is the oldest supported`,
      {
        hint: `boot Linux ${oldestKernel} or newer: Debian 12 and later have it`,
      },
    ),
  );
}
