// The floors beside which our programs are measured: test/bench/bpf/floor.bpf.c, loaded.
import { BpfObject } from '../../src/native/object.ts';
import { compileBenchProgram } from './compile.ts';

export function openFloor(): BpfObject {
  const object = new BpfObject(compileBenchProgram('floor'), 'floor');
  try {
    object.load('floor');
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}
