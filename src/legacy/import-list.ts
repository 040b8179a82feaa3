// What `cli_tunnel get all` and `cli_cfg get all` printed on the old host, kept in a file. `cli_service get all` prints neither ids nor
// keys in every release: those lines are left.
import { type OldState, take } from './found.ts';
import { readConfigLine, readEncapLine, readTunnelLine, unlearned } from './lines.ts';

/** Whether a text is such a list and no script. */
export function isList(text: string): boolean {
  return text.split('\n').some((line) => readTunnelLine(line) ?? readConfigLine(line) ?? readEncapLine(line));
}

export function importList(state: OldState, file: string, text: string): void {
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const origin = { file, line: at + 1 };
    const tunnel = readTunnelLine(line);
    const flags = readConfigLine(line);
    if (tunnel) {
      const isLearned = tunnel.remote === unlearned;
      const remarks = isLearned ? [] : ['as it was then: write `learned` if it was set with 0 0 and a ping told it'];
      take(state, { kind: 'tunnel', ...tunnel, remote: isLearned ? 'learned' : tunnel.remote }, origin, remarks);
    } else if (flags) take(state, { kind: 'flags', ...flags, instanceId: undefined, label: undefined }, origin);
    else if (readEncapLine(line))
      state.left.push({
        origin,
        text: line,
        reason: 'it names neither ids nor a key: write the service by hand',
        isSecret: true,
      });
  }
}
