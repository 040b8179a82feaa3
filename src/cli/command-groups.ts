// The order in which `--help` lists commands, by what somebody wants.
import type { CommandSpec } from './command-spec.ts';

/** Each command that people use is in one of them. */
export const commandGroups: readonly (readonly [heading: string, names: readonly string[]])[] = [
  ['Change this host:', ['plan', 'apply', 'confirm', 'revert', 'attach', 'detach', 'reattach', 'remove']],
  ['See what it does:', ['status', 'show', 'stats', 'dump', 'trace', 'why', 'ping', 'doctor', 'history', 'export']],
  ['Write files, and try them:', ['init', 'explain', 'validate', 'test', 'lint', 'diff', 'rotate', 'schema']],
  ['Keep it so:', ['watch', 'events', 'suspend', 'resume', 'reconcile']],
  ['In the words of the old tools:', ['config', 'tunnel', 'service', 'import']],
  ['Others:', ['completion', 'version']],
];

/** As they are listed, each with the heading of its group; what is hidden last, without. */
export function grouped(
  commands: readonly CommandSpec[],
): (readonly [spec: CommandSpec, heading: string | undefined])[] {
  const listed = commandGroups.flatMap(([heading, names]) =>
    names.flatMap((name) => commands.filter((spec) => spec.name === name).map((spec) => [spec, heading] as const)),
  );
  const others = commands.filter((spec) => !listed.some(([one]) => one === spec));
  return [...listed, ...others.map((spec) => [spec, undefined] as const)];
}
