// The real environment's sockets.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processEnvironment } from '../../../src/cli/process.ts';
import { soon } from '../../support/patience.ts';

/** Descriptors that this process has open; other threads of the test run may open some meanwhile. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('a socket that cannot be bound is closed: pings that fail for days leave nothing open', async () => {
  const { openUdp } = processEnvironment();
  // TEST-NET-3 (RFC 5737): no address of this host.
  const attempt = async () =>
    await expect(openUdp('203.0.113.1', 6080)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  await attempt();
  const before = descriptors();
  for (let i = 0; i < 20; i++) await attempt();
  // Other tests of this process open some too, and close them again; what is left open here would stay.
  await expect.poll(descriptors, soon).toBeLessThan(before + 10);
});
