// show: live tables, one after the other.
import { readSections, type SectionName, sectionNames } from '../../reconcile/sections.ts';
import { sectionsFields, sectionsText } from '../../report/show.ts';
import type { Answer, Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, withInstance } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { environment } = invocation;
  const asked = sectionNames.filter((name) => invocation.arguments.includes(name));
  // Flows are many, and hints only.
  const names: readonly SectionName[] = asked.length ? asked : sectionNames.filter((name) => name !== 'flows');
  return await withInstance(invocation, async ({ datapath, host }, observation) => {
    const sections = readSections(datapath, observation, names, interfaceNames(host), environment.monotonicNs());
    return {
      kind: 'Show',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => sectionsFields(observation.instance, sections),
      text: (style) => sectionsText(sections, style),
    };
  });
}
