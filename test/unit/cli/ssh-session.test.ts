// The caller's ssh connection, found in a process tree that is laid out as /proc is.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSession } from '../../../src/cli/ssh-session.ts';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'trueingress-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(join(proc, path, '..'), { recursive: true });
  writeFileSync(join(proc, path), text);
}

function addProcess(pid: number, parent: number, environ: Record<string, string>, name = 'bash'): void {
  put(`${pid}/stat`, `${pid} (${name}) S ${parent} 1 1 0\n`);
  put(
    `${pid}/environ`,
    Object.entries(environ)
      .map(([variable, value]) => `${variable}=${value}\0`)
      .join(''),
  );
}

const title = '  sl  local_address rem_address   st tx_queue rx_queue\n';
/** 192.0.2.1:22 with 203.0.113.9:50022, and a listening socket. */
const tcp = `${title}   0: 010200C0:0016 097100CB:C366 01 0\n   1: 00000000:0016 00000000:0000 0A 0\n`;
/** 2001:db8::1, port 22, with 2001:db8::9; and 192.0.2.1 with 203.0.113.9:50023 as a socket of both families has it. */
const tcp6 =
  `${title}   0: B80D0120000000000000000001000000:0016 B80D0120000000000000000009000000:C366 01 0\n` +
  '   1: 0000000000000000FFFF0000010200C0:0016 0000000000000000FFFF0000097100CB:C367 01 0\n';
const session = 'SSH_CONNECTION';
const told = { peer: { ip: '203.0.113.9', port: 50022 }, local: { ip: '192.0.2.1', port: 22 } };

describe('findSession', () => {
  beforeEach(() => {
    put('self/net/tcp', tcp);
    put('self/net/tcp6', tcp6);
  });

  test('reads it from the own environment', () => {
    addProcess(10, 1, { HOME: '/root', [session]: '203.0.113.9 50022 192.0.2.1 22' });
    expect(findSession(proc, 10)).toEqual(told);
  });

  test('finds it above a sudo that dropped it, whatever processes on the way are called', () => {
    addProcess(13, 12, {});
    addProcess(12, 11, {}, 'a) S 99 (b');
    addProcess(11, 10, {}, 'sudo');
    addProcess(10, 1, { [session]: '203.0.113.9 50022 192.0.2.1 22' });
    expect(findSession(proc, 13)).toEqual(told);
  });

  test.each([
    ['of IPv6', '2001:db8::9 50022 2001:db8::1 22', { ip: '2001:db8::9', port: 50022 }],
    [
      'of a socket of both families',
      '::ffff:203.0.113.9 50023 ::ffff:192.0.2.1 22',
      { ip: '203.0.113.9', port: 50023 },
    ],
  ])('knows one %s', (_, value, peer) => {
    addProcess(10, 1, { [session]: value });
    expect(findSession(proc, 10)?.peer).toEqual(peer);
  });

  test('goes on past one that is no longer open, as a terminal multiplexer keeps it', () => {
    addProcess(11, 10, { [session]: '203.0.113.9 40000 192.0.2.1 22' });
    addProcess(10, 1, { [session]: '203.0.113.9 50022 192.0.2.1 22' });
    expect(findSession(proc, 11)).toEqual(told);
  });

  test.each([
    ['nobody came by ssh', {}],
    ['it is no longer open', { [session]: '203.0.113.9 40000 192.0.2.1 22' }],
    ['it is nonsense', { [session]: 'a b c' }],
    ['only a longer name has it', { NOT_SSH_CONNECTION: '203.0.113.9 50022 192.0.2.1 22' }],
  ])('finds none where %s', (_, environ: Record<string, string>) => {
    addProcess(10, 1, environ);
    expect(findSession(proc, 10)).toBeUndefined();
  });

  test('ends where a process is its own ancestor, and where one is gone', () => {
    addProcess(10, 11, {});
    addProcess(11, 10, {});
    expect(findSession(proc, 10)).toBeUndefined();
    expect(findSession(proc, 999)).toBeUndefined();
  });
});
