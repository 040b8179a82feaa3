// In which order a script gives the two ids of a service: what says so in it, the plainest sign first.
import type { ServiceOrder } from './asked.ts';
import type { Assumption } from './found.ts';
import type { Script, ShellWord } from './shell.ts';
import { toolOf } from './tool-names.ts';

export interface OrderFound {
  readonly order: ServiceOrder;
  readonly assumption: Assumption;
}

export function orderOf(file: string, script: Script, told: ServiceOrder | undefined): OrderFound | undefined {
  const sets = script.commands.filter(({ words }) => toolOf(words[0]?.text) === 'service' && words[1]?.text === 'set');
  if (sets.length === 0) return undefined;
  const found = (order: ServiceOrder, why: string): OrderFound => ({
    order,
    assumption: { what: `${file}: cli_service takes ${names[order]}`, why },
  });
  if (told) return found(told, '--order says so');
  for (const { line, text } of script.comments) {
    const written = /cli_service\s+set\s+<(service|group)-id>\s+<(service|group)-id>/.exec(text);
    if (written)
      return found(written[1] === 'group' ? 'group-service' : 'service-group', `the comment in line ${line} does`);
  }
  const later = script.commands.find(
    ({ words }) => /^pfc_\w+(\.sh)?$/.test(baseName(words[0])) || /^(set|del)-(gw|node)$/.test(words[1]?.text ?? ''),
  );
  if (later) return found('group-service', `line ${later.line} has words of releases that do`);
  for (const { line, words } of sets) {
    const [first, second, tunnel] = [words[2], words[3], words[9]].map((word) => Number(word?.text));
    if (first === undefined || second === undefined || first === second) continue;
    if (tunnel === first * 65536 + second)
      return found('group-service', `in line ${line} the tunnel's id is made of them so`);
    if (tunnel === second * 65536 + first)
      return found('service-group', `in line ${line} the tunnel's id is made of them so`);
  }
  return found('service-group', 'nothing in it says otherwise; --order group-service is the other one');
}

const names: Readonly<Record<ServiceOrder, string>> = {
  'service-group': 'the service before the group',
  'group-service': 'the group before the service',
};

function baseName(word: ShellWord | undefined): string {
  return word?.text.replace(/^.*\//, '') ?? '';
}
