// Which builds these are.

export interface Versions {
  readonly version: string;
  readonly node: string;
  readonly kernel: string;
  /** As `6.1`. */
  readonly oldestKernel: string;
  /** Where the BPF object is expected, and its SHA-256 in hex; undefined: it is not there. */
  readonly object: { readonly path: string; readonly digest: string | undefined };
}

export function versionText({ version, node, kernel, oldestKernel, object }: Versions): string {
  const programs = object.digest === undefined ? `missing: ${object.path}` : object.digest.slice(0, 12);
  return `trueingress ${version}\nprograms ${programs}\nnode ${node}, kernel ${kernel} (${oldestKernel} or newer is needed)\n`;
}

export function versionFields({ version, node, kernel, oldestKernel, object }: Versions): Record<string, unknown> {
  return { version, node, kernel, oldestKernel, object: { path: object.path, digest: object.digest ?? null } };
}
