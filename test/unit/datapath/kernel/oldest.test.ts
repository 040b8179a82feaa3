import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oldestKernel, requireKernel } from '../../../../src/datapath/kernel/oldest.ts';

const root = resolve(import.meta.dirname, '../../../..');

describe('requireKernel', () => {
  test.each([
    '6.1.0-56-cloud-amd64',
    '6.1',
    '6.12.117+deb12-cloud-amd64',
    '7.0.0-rc1',
    '10.0.1',
    'a kernel of another kind',
  ])('takes %s', (release) => {
    expect(() => requireKernel(release)).not.toThrow();
  });

  test.each(['6.0.19', '5.15.0-91-generic', '5.100.0', '4.19.0'])(
    'refuses %s, naming it and what is needed',
    (release) => {
      expect(() => requireKernel(release)).toThrow(
        expect.objectContaining({
          problem: {
            code: 'kernel-too-old',
            severity: 'error',
            message: `this host runs Linux ${release}, and 6.1 is the oldest supported`,
            hint: 'boot Linux 6.1 or newer: Debian 12 and later have it',
          },
        }),
      );
    },
  );

  test('the oldest kernel is one that `make test-kernels` boots, and the one that README names', () => {
    const kernels = /^KERNELS \?= (.+)$/m.exec(readFileSync(join(root, 'Makefile'), 'utf8'))?.[1];
    expect(kernels?.split(' ')).toContain(oldestKernel);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`Linux ${oldestKernel} or newer`);
  });
});
