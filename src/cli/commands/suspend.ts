// suspend: the daemon leaves the host alone until `resume`.
import type { Answer, Invocation } from '../command.ts';
import { setSuspended } from '../surface/suspension.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await setSuspended(invocation, 'suspend');
}
