// Constants of a BPF object, set before it is loaded.
import { parseBtf } from '../../src/layout/btf.ts';
import type { BpfObject } from '../../src/native/object.ts';

/** By name, 32-bit numbers in `.rodata`. Throws when the object has no such constant. */
export function setConstants(object: BpfObject, constants: Readonly<Record<string, number>>): void {
  const section = parseBtf(object.btf()).section('.rodata');
  object.patch('.rodata', (value) => {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (const [name, number] of Object.entries(constants)) {
      const at = section?.get(name)?.offset;
      if (at === undefined) throw new Error(`no constant ${name}`);
      view.setUint32(at, number, true);
    }
  });
}
