// The kinds of hook that the running kernel has: a test of both runs on those that there are, and says which it left out.
import { openKernelHost } from '../../src/datapath/kernel/host.ts';
import type { HookKind } from '../../src/datapath/port.ts';
import { missingCapabilities } from '../../src/native/process.ts';

/** TCX came with Linux 6.6. Without the capabilities to ask it is taken to be there: then no test runs on it anyway. */
export function hasTcx(): boolean {
  return missingCapabilities().length > 0 || openKernelHost().hasTcx();
}

export function hookKinds(): readonly HookKind[] {
  if (hasTcx()) return ['tcx', 'clsact'];
  console.warn('tests on TCX skipped: this kernel has none');
  return ['clsact'];
}

/** The kind that the product chooses here. */
export function preferredKind(): HookKind {
  return hasTcx() ? 'tcx' : 'clsact';
}
