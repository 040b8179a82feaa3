// version: of the command, its BPF object and what it runs on.
import { versionFields, versionText } from '../../report/version.ts';
import type { Answer, Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';

export async function run({ environment }: Invocation): Promise<Answer> {
  const facts = await environment.versions();
  return {
    kind: 'Version',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => versionFields(facts),
    text: () => versionText(facts),
  };
}
