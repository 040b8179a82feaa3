// The package that `make deb` built.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const build = resolve(import.meta.dirname, '../../build');

/** Its path; undefined: there is none. */
export function builtPackage(): string | undefined {
  const [name] = readdirSync(build).filter((one) => /^trueingress_.*\.deb$/.test(one));
  return name === undefined ? undefined : join(build, name);
}
