// validate: reads files, nothing else: no key, no kernel, no interface.
import { countText } from '../../report/validation.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readDesired } from '../desired.ts';
import { exitCodeOf } from '../exit.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const read = await readDesired(invocation);
  if ('failed' in read) return { ...failure(read.failed), kind: 'Validation', fields: () => ({ valid: false }) };
  const { value: topology, problems } = read;
  return {
    kind: 'Validation',
    exitCode: exitCodeOf(problems),
    problems,
    fields: () => ({
      valid: true,
      instance: topology.name,
      role: topology.role,
      tunnels: topology.tunnels.length,
      services: topology.services.length,
    }),
    text: (style) => countText(topology, style),
  };
}
