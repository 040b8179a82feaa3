// A process that opens what is no BPF object and writes the error's log to standard output: whatever else appears, libbpf printed.
import { BpfObject } from '../../../src/native/object.ts';
import { KernelError } from '../../../src/problem.ts';

try {
  new BpfObject(Buffer.from('junk'), 'junk').close();
} catch (error) {
  if (error instanceof KernelError) process.stdout.write(error.log);
}
