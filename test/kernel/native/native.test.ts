// The edge to C: arguments that do not fit, libraries that are not there, refusals with their reasons, nothing on stderr.
import { spawnSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBpffs, isBpffs, unmount } from '../../../src/native/bpffs.ts';
import { openMapById, openPin, openProgramById, programIds } from '../../../src/native/descriptors.ts';
import { failure } from '../../../src/native/errno.ts';
import { waitByMapOfMaps, waitByMembarrier, waitForRunningPrograms } from '../../../src/native/grace-period.ts';
import { native } from '../../../src/native/koffi.ts';
import { BpfObject } from '../../../src/native/object.ts';
import { missingCapabilities } from '../../../src/native/process.ts';
import { tcxPrograms } from '../../../src/native/tcx.ts';
import { objectPath } from '../../../src/paths.ts';
import { hasTcx } from '../../support/hook-kinds.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../../support/netns.ts';
import { bundleChild } from './bundle.ts';

describe.skipIf(whyNoKernel())('native', () => {
  let place: PrivatePlace;
  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
  });
  afterAll(() => place.close());

  it.each([
    ['int', 2 ** 31],
    ['int', 1.5],
    ['uint', -1],
    ['uint', 2 ** 32],
    ['size', -1],
    ['size', 2 ** 53],
    ['u64', -1n],
    ['u64', 2n ** 64n],
    ['text', 'a\0b'],
    ['bytes', 'text'],
    ['pointer', 5],
    ['int', undefined],
  ] as const)('a native function › refuses as %s what FFI would silently bend: %s', (kind, value) => {
    const abs = native('libc.so.6', 'abs', 'int', [kind]) as (value: unknown) => number;
    expect(() => abs(value)).toThrow(RangeError);
  });

  it('a native function › says which package a missing library or function comes with', () => {
    const noLibrary = native('libnothing.so.9', 'nothing', 'int', []);
    const noFunction = native('libbpf.so.1', 'bpf_nothing', 'int', []);
    for (const call of [noLibrary, noFunction])
      expect(call).toThrow(
        expect.objectContaining({
          problem: expect.objectContaining({ code: 'no-libbpf', hint: expect.stringContaining('libbpf1') }),
        }),
      );
  });

  it('failure › names errnos that libraries do not, and makes EPERM a refusal', () => {
    expect(failure('call', 524, 'about')).toMatchObject({ errnoName: 'ENOTSUPP', call: 'call', about: 'about' });
    expect(failure('call', 9999, '')).toMatchObject({ errnoName: 'errno 9999' });
    expect(failure('call', 1, 'about')).toMatchObject({ problem: { code: 'not-permitted' } });
  });

  it('opening › says what is missing', () => {
    expect(() => openPin(join(place.bpffs, 'nothing'))).toThrow(expect.objectContaining({ errnoName: 'ENOENT' }));
    expect(openMapById(0x7fff_ffff)).toBeUndefined();
    expect(openProgramById(0x7fff_ffff)).toBeUndefined();
    expect(programIds().every((id) => id > 0)).toBe(true);
    const ofNothing = (): unknown => tcxPrograms(9999, 'ingress');
    if (hasTcx()) expect(ofNothing).toThrow(expect.objectContaining({ errnoName: 'ENODEV' }));
    else expect(ofNothing()).toBeUndefined();
  });

  it('BpfObject › puts the verifier’s reason into the error', () => {
    const object = new BpfObject(readFileSync(objectPath()), 'the object');
    try {
      // A map of another kind in COUNTER's place: the program then takes its value for more than it is.
      const wrong = smallMap();
      object.reuse('counter', wrong);
      closeSync(wrong);
      const log = expect.stringContaining('invalid access to map value');
      expect(() => object.load('the object')).toThrow(expect.objectContaining({ name: 'KernelError', log }));
    } finally {
      object.close();
    }
  });

  it('libbpf › prints nothing', () => {
    const child = bundleChild(join(import.meta.dirname, 'junk-child.ts'));
    const { stdout, stderr } = spawnSync(process.execPath, [child.path], { encoding: 'utf8' });
    child.remove();
    expect(stderr).toBe('');
    expect(stdout).toContain('not a proper ELF');
  });

  it('ensureBpffs › mounts where nothing is mounted, once, and names the command where it may not', () => {
    const directory = join(place.runDirectory, 'fresh', 'bpf');
    expect(isBpffs(directory)).toBe(false);
    ensureBpffs(directory);
    ensureBpffs(directory);
    expect(isBpffs(directory)).toBe(true);
    unmount(directory);
    expect(isBpffs(directory)).toBe(false);
    expect(() => ensureBpffs(place.runDirectory)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('it is not empty') }),
    );
    expect(() => ensureBpffs('/proc/nowhere')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ code: 'no-bpffs', hint: expect.stringContaining('mount -t bpf') }),
      }),
    );
  });

  it.each([
    ['-all,+bpf,+perfmon,+net_admin', 'done'],
    ['-all,+net_admin', 'not-permitted: this needs CAP_BPF and CAP_PERFMON'],
    ['-all', 'not-permitted: this needs CAP_BPF and CAP_PERFMON and CAP_NET_ADMIN'],
    ['-net_admin', 'not-permitted: this needs CAP_NET_ADMIN'],
  ])('a process with capabilities %s › answers %s', (capabilities, answer) => {
    expect(missingCapabilities()).toEqual([]);
    const child = bundleChild(join(import.meta.dirname, 'capable-child.ts'));
    const limited = ['--bounding-set', capabilities, '--inh-caps', '-all', process.execPath, child.path];
    const { stdout, stderr } = spawnSync('setpriv', [...limited, place.bpffs, place.runDirectory], {
      encoding: 'utf8',
    });
    child.remove();
    expect({ stdout, stderr }).toEqual({ stdout: answer, stderr: '' });
  });

  it('waitForRunningPrograms › waits by either call, and leaves no descriptor', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    expect(() => waitForRunningPrograms()).not.toThrow();
    expect(waitByMembarrier()).toBe(true);
    expect(() => waitByMapOfMaps()).not.toThrow();
    expect(open()).toBe(before);
  });

  // Without waiting it takes microseconds; a grace period is some milliseconds on any kernel.
  it('waitByMapOfMaps › takes as long as a grace period', () => {
    const took = (work: () => unknown): number => {
      const began = performance.now();
      work();
      return performance.now() - began;
    };
    let [byMaps, byMembarrier] = [0, 0];
    // In turns: what else the machine does meets both.
    for (let i = 0; i < 10; i++) {
      byMaps += took(waitByMapOfMaps);
      byMembarrier += took(waitByMembarrier);
    }
    expect(byMaps).toBeGreaterThan(byMembarrier / 4);
  });
});

/** An array map with values of 8 bytes. */
function smallMap(): number {
  const create = native('libbpf.so.1', 'bpf_map_create', 'int', ['uint', 'text', 'uint', 'uint', 'uint', 'bytes']);
  const fd = create(2, 'counter', 4, 8, 4, undefined);
  expect(fd).toBeGreaterThan(0);
  return fd;
}
