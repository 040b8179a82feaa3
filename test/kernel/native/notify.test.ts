// Datagrams to a service manager's socket, as sd_notify(3) has them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openNotifier } from '../../../src/native/notify.ts';
import { openNotifySocket } from '../../support/notify-socket.ts';

const directory = mkdtempSync(join(tmpdir(), 'trueingress-notify-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the service manager', () => {
  test.each([
    ['a path', join(directory, 'notify')],
    ['an abstract name', `@trueingress/notify-${process.pid}`],
  ])('hears each message whole, at %s', (_, name) => {
    const socket = openNotifySocket(name);
    try {
      const notifier = openNotifier(name);
      notifier.send(['READY=1', 'STATUS=generation 1, as the files say']);
      notifier.send(['WATCHDOG=1']);
      expect(socket.heard()).toEqual([['READY=1', 'STATUS=generation 1, as the files say'], ['WATCHDOG=1']]);
      notifier.close();
    } finally {
      socket.close();
    }
  });

  test('that is not there is a fault of the kernel, and a name that no address can hold a RangeError', () => {
    expect(() => openNotifier(join(directory, 'nobody'))).toThrow(expect.objectContaining({ errnoName: 'ENOENT' }));
    expect(() => openNotifier(`/${'x'.repeat(107)}`)).toThrow(RangeError);
  });
});
