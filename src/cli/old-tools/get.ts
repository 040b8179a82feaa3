// get: rows of the live tables, as `show` shows them.
import type { Named } from '../../legacy/asked.ts';
import { type Problem, problem } from '../../problem.ts';
import { readSections, type SectionName, type SectionRow, type Sections } from '../../reconcile/sections.ts';
import { sectionsFields, sectionsText } from '../../report/show.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, withInstance } from '../kernel.ts';

const sectionsOf: Readonly<Record<Named['tool'], readonly SectionName[]>> = {
  tunnel: ['tunnels', 'peers'],
  service: ['services'],
  config: ['config'],
};

export async function get(invocation: Invocation, named: Named): Promise<Answer> {
  return await withInstance(invocation, async ({ datapath, host }, observation) => {
    const now = invocation.environment.monotonicNs();
    const all = readSections(datapath, observation, sectionsOf[named.tool], interfaceNames(host), now);
    const sections: Sections = Object.fromEntries(
      Object.entries(all).map(([name, rows]) => [name, rows.filter((row) => isMeant(row, named))]),
    );
    const sought = nameOf(named);
    const found = Object.values(sections).some((rows) => rows.length > 0);
    if (!found && sought !== undefined) return failure([missing(sought, observation.instance)]);
    return {
      kind: 'Show',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => sectionsFields(observation.instance, sections),
      // Of one tunnel whose remote is static there is nothing to be said of what was learned.
      text: (style) => sectionsText(sought === undefined ? sections : withoutEmpty(sections), style),
    };
  });
}

function withoutEmpty(sections: Sections): Sections {
  return Object.fromEntries(Object.entries(sections).filter(([, rows]) => rows.length > 0));
}

export function missing(what: string, instance: string): Problem {
  const hint = '`trueingress config get all`, `tunnel get all` and `service get all` list what there is';
  return problem('no-row', `instance "${instance}" has no ${what}`, { hint });
}

/** undefined: all of them. */
export function nameOf(named: Named): string | undefined {
  switch (named.tool) {
    case 'tunnel':
      return named.id === undefined ? undefined : `tunnel ${named.id}`;
    case 'service':
      return named.service && `service ${named.service.group}/${named.service.id}`;
    case 'config':
      return named.interface === undefined ? undefined : `interface ${named.interface}`;
    default:
      return named satisfies never;
  }
}

function isMeant(row: SectionRow, named: Named): boolean {
  switch (named.tool) {
    case 'tunnel':
      return named.id === undefined || row.tunnel === named.id;
    case 'service':
      return !named.service || (row.group === named.service.group && row.id === named.service.id);
    case 'config':
      return (
        (named.interface === undefined || row.interface === named.interface) &&
        (named.direction === undefined || row.direction === named.direction)
      );
    default:
      return named satisfies never;
  }
}
