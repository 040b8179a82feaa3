// The machine without any topology: kernel, libraries, rights, limits, clock.
import { type Check, failure, ok, skipped, warning } from './check.ts';
import type { MachineFacts } from './facts.ts';

export function examineMachine(facts: MachineFacts): Check[] {
  return [
    kernel(facts),
    node(facts),
    libbpf(facts),
    programs(facts),
    capabilities(facts),
    bpffs(facts),
    jit(facts),
    unprivileged(facts),
    memory(facts),
    clock(facts),
    ...(facts.refused ? [refused(facts.refused)] : []),
  ];
}

const released = /^(\d+)\.(\d+)/;

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => released.exec(text)?.slice(1).map(Number) ?? []);
  const [major = 0, minor = 0] = a ?? [];
  const [oldMajor = 0, oldMinor = 0] = b ?? [];
  return major < oldMajor || (major === oldMajor && minor < oldMinor);
}

function kernel({ kernel: running, oldestKernel, hasTcx }: MachineFacts): Check {
  if (isOlder(running, oldestKernel))
    return failure('kernel', `Linux ${running}, and ${oldestKernel} is the oldest supported`, {
      message: 'programs of this build were never loaded on it',
      todo: 'apt-get install linux-image-amd64, and boot it',
    });
  if (hasTcx === undefined) return ok('kernel', `Linux ${running}`);
  return ok('kernel', hasTcx ? `Linux ${running}, with TCX` : `Linux ${running}, without TCX: clsact filters are used`);
}

const oldestNode = '20.19';

function node({ node: running }: MachineFacts): Check {
  if (!isOlder(running, oldestNode)) return ok('node', running);
  const message = `${oldestNode} is the oldest supported`;
  return warning('node', running, { message, todo: 'install a newer Node.js' });
}

function libbpf({ libbpf: version }: MachineFacts): Check {
  if (version !== undefined) return ok('libbpf', version);
  const message = 'libbpf.so.1 or what calls it cannot be loaded';
  return failure('libbpf', 'not there', { message, todo: 'apt-get install libbpf1' });
}

function programs({ object: { path, found } }: MachineFacts): Check {
  if (found) return ok('programs', path);
  const message = `the BPF programs are missing: ${path}`;
  return failure('programs', 'not there', { message, todo: 'install the package again; in a source tree: make build' });
}

function capabilities({ missingCapabilities: missing }: MachineFacts): Check {
  if (!missing) return skipped('capabilities', 'not known');
  if (missing.length === 0) return ok('capabilities', 'all that are needed');
  const message = `${missing.join(', ')} missing: nothing can be applied`;
  return failure('capabilities', 'not enough', { message, todo: 'sudo trueingress doctor' });
}

function bpffs({ bpffs: { path, isMounted } }: MachineFacts): Check {
  if (isMounted) return ok('bpffs', path);
  const message = `no BPF file system at ${path}; an apply mounts it, a reboot or a container takes it away`;
  return warning('bpffs', 'not mounted', { message, todo: `mount -t bpf bpf ${path}` });
}

function jit({ settings }: MachineFacts): Check {
  const value = settings['net.core.bpf_jit_enable'];
  if (value === undefined) return skipped('jit', 'not told to this user, or in this network namespace');
  if (value !== '0') return ok('jit', 'on');
  const message = 'programs are interpreted: many times slower';
  return warning('jit', 'off', { message, todo: 'sysctl -w net.core.bpf_jit_enable=1' });
}

function unprivileged({ settings }: MachineFacts): Check {
  const value = settings['kernel.unprivileged_bpf_disabled'];
  if (value === undefined) return skipped('unprivileged-bpf', 'not known');
  if (value !== '0') return ok('unprivileged-bpf', 'off');
  const message = 'any user may load BPF programs';
  return warning('unprivileged-bpf', 'on', { message, todo: 'sysctl -w kernel.unprivileged_bpf_disabled=1' });
}

/** Four maps of 100,000 rows are 55 MB a slot. */
const comfortable = 512 * 2 ** 20;

/** Kernels from 5.11 on charge maps to the cgroup of whoever makes them, and ask no RLIMIT_MEMLOCK. */
function memory({ memoryMaxBytes: most }: MachineFacts): Check {
  if (most === undefined) return ok('memory', 'no limit on this cgroup, which is charged for maps');
  const found = `this cgroup may have ${Math.round(most / 2 ** 20)} MiB, and is charged for maps`;
  if (most >= comfortable) return ok('memory', found);
  const message = 'large maps may be refused with ENOMEM';
  return warning('memory', found, { message, todo: 'raise memory.max of the cgroup, or MemoryMax= of the unit' });
}

function clock({ nowNs, builtNs, isClockKept }: MachineFacts): Check {
  const now = new Date(Number(nowNs / 1_000_000n)).toISOString();
  if (builtNs !== undefined && nowNs < builtNs)
    return warning('clock', now, {
      message: 'it is earlier than when this program was installed: signed pings and ages will be wrong',
      todo: 'timedatectl set-ntp true',
    });
  if (isClockKept === false)
    return warning('clock', now, {
      message: 'nobody keeps it: signed pings need both ends to agree within a minute',
      todo: 'timedatectl set-ntp true',
    });
  return ok('clock', isClockKept ? `${now}, kept by time synchronization` : now);
}

function refused({ message, hint }: NonNullable<MachineFacts['refused']>): Check {
  return failure('datapath', 'cannot be looked at', { message, todo: hint });
}
