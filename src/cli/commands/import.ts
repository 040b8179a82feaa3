// import: scripts of the old tools, or dumps of their maps, as a commented file. Touches no kernel.
import { type Doubt, emptyState } from '../../legacy/found.ts';
import { importDump } from '../../legacy/import-dump.ts';
import { importList, isList } from '../../legacy/import-list.ts';
import { importScript } from '../../legacy/import-script.ts';
import { importText } from '../../legacy/import-text.ts';
import { formsOfSet } from '../../legacy/words.ts';
import { type Problem, problem } from '../../problem.ts';
import { readTopology } from '../../topology/read.ts';
import { decodeText, type FileReader } from '../../topology/sources.ts';
import { listed } from '../../topology/wording.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodeOf } from '../exit.ts';

export async function run({ arguments: paths, options, environment }: Invocation): Promise<Answer> {
  if (paths.length === 0)
    return failure([
      problem('usage', 'no file was named', { hint: 'name scripts, dumps of maps, or -: `trueingress import FILE…`' }),
    ]);
  const state = emptyState();
  for (const path of paths) {
    const text = textOf(path, environment.files);
    if (typeof text !== 'string') return failure([text]);
    if (isList(text)) importList(state, path, text);
    else if (!/^\s*[[{]/.test(text)) importScript(state, path, text, options.order);
    else if (importDump(state, path, text, options.order)) return failure([noDump(path)]);
  }
  const { left, assumptions, doubts } = state;
  if (state.tunnels.size + state.services.size + state.flags.size + state.interfaces.size + left.length === 0)
    return failure([
      problem('old-words', `nothing of the old tools is in ${paths.join(', ')}`, {
        hint: 'cli_cfg, cli_tunnel, cli_service, pfc_add.sh, or `bpftool -j map dump pinned …`',
      }),
    ]);
  const text = importText(state, { name: options.instance, showSecrets: options.showSecrets });
  const { problems: found } = await readTopology([{ file: 'the file below', text, directory: '.' }]);
  const problems = [...left.map(({ origin, reason }) => notTaken(origin, reason)), ...doubts.map(doubted), ...found];
  return {
    kind: 'Import',
    exitCode: exitCodeOf(problems),
    problems,
    fields: () => ({
      topology: text,
      assumptions,
      doubts: doubts.map(({ origin, what }) => ({ ...origin, what })),
      left: left.map(({ origin, reason }) => ({ ...origin, reason })),
    }),
    text: () => text,
  };
}

function textOf(path: string, files: FileReader): string | Problem {
  const content = path === '-' ? files.readInput() : files.read(path);
  const bytes = 'fault' in content || content instanceof Uint8Array ? content : content.bytes;
  const text = 'fault' in bytes ? bytes : decodeText(bytes);
  if (typeof text === 'string') return text;
  return problem('file-unreadable', `"${path}" ${text.detail}`, { place: { file: path, line: 1, column: 1 } });
}

function noDump(path: string): Problem {
  const message = `${path} begins like JSON, and is no dump of a map`;
  return problem('old-words', message, {
    hint: 'make one with `bpftool -j map dump pinned /sys/fs/bpf/tc/globals/map_tunnel`',
  });
}

function notTaken({ file, line }: { readonly file: string; readonly line: number }, reason: string): Problem {
  const hint = 'it stands at the end of the file as a comment; write it by hand';
  return problem('old-words', `not taken: ${reason}`, { place: { file, line, column: 1 }, hint }, 'warning');
}

/** Taken as it stands all the same: whoever wrote it may have meant it. */
function doubted({ origin: { file, line }, kind, what }: Doubt): Problem {
  const forms = formsOfSet(kind === 'flags' ? 'config' : kind).map((form) => `\`${form}\``);
  const hint = `the order is ${listed(forms, 'or')}; mend the script, or the file where it says CHECK`;
  return problem('old-words', what, { place: { file, line, column: 1 }, hint }, 'warning');
}
