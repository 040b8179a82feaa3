// trace: one packet through a scratch load, over what is live or over a file. Reads only.
import type { HookWords } from '../../packet/words/hook.ts';
import { type Problem, problem } from '../../problem.ts';
import { directoryOf } from '../../reconcile/trace/directory.ts';
import { chooseHook } from '../../reconcile/trace/hook.ts';
import { trace } from '../../reconcile/trace/trace.ts';
import { traceFields, traceText } from '../../report/trace.ts';
import { verdicts } from '../../tables/verdicts.ts';
import { listed, nearest } from '../../topology/wording.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { packetAsked } from '../packet-asked.ts';
import { withScene } from '../scene.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const { expect: expected } = options;
  if (expected !== undefined && !verdicts.some(({ name }) => name === expected)) return failure([noVerdict(expected)]);
  const asked = packetAsked(invocation);
  if ('failed' in asked) return failure(asked.failed);
  return await withScene(invocation, async (scene, host, problems) => {
    const made = asked.value.make(directoryOf(scene, () => environment.realtimeNs()));
    if ('failed' in made) return failure([...problems, ...made.failed]);
    const { frame, going, said } = made.value;
    const hook = chooseHook(scene, hookAsked(options), going, host);
    if ('code' in hook) return failure([...problems, hook]);
    const told = trace({
      scene,
      hook,
      frame,
      nowNs: environment.monotonicNs(),
      taiNs: environment.realtimeNs(),
    });
    const view = { trace: told, said, expected, interfaceName: scene.interfaceName };
    return {
      kind: 'Trace',
      exitCode: expected === undefined || expected === told.verdict ? exitCodes.done : exitCodes.different,
      problems,
      fields: () => traceFields(view),
      text: (style) => traceText(view, style),
    };
  });
}

/** `--entered` alone says that it is at egress. */
function hookAsked({ at, entered }: Invocation['options']): HookWords | undefined {
  if (at) return { ...at, entered: entered ?? at.entered };
  return entered === undefined ? undefined : { interface: undefined, direction: 'egress', entered };
}

function noVerdict(text: string): Problem {
  const names = verdicts.map(({ name }) => name);
  const meant = nearest(text, names);
  const hint = meant ? `did you mean --expect ${meant}?` : `verdicts are ${listed(names, 'and', names.length)}`;
  return problem('usage', `"${text.slice(0, 60)}" is no verdict`, { hint });
}
