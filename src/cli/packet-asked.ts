// Which packet is meant: in words, or as bytes. Words about a tunnel become a frame only where the tunnels are known.
import { readFrame } from '../packet/read.ts';
import { buildWords } from '../packet/words/build.ts';
import { formatPacket } from '../packet/words/format.ts';
import { outerOf, type TunnelDirectory } from '../packet/words/outer.ts';
import { parsePacket } from '../packet/words/parse.ts';
import { isFault, type PacketWords, wordsProblem } from '../packet/words/words.ts';
import { problem } from '../problem.ts';
import type { Going } from '../reconcile/trace/hook.ts';
import type { Attempt, Invocation } from './command.ts';

export interface MadePacket {
  readonly frame: Uint8Array;
  readonly going: Going;
  /** In its shortest form; undefined: it came as bytes. */
  readonly said: string | undefined;
}

export interface PacketAsked {
  make(directory: TunnelDirectory): Attempt<MadePacket>;
}

export function packetAsked({ options, environment, arguments: words }: Invocation): Attempt<PacketAsked> {
  const [text] = words;
  if ((text === undefined) === (options.hex === undefined))
    return {
      failed: [
        problem(
          'usage',
          text === undefined ? 'no packet was given' : 'a packet was given twice, in words and as bytes',
          {
            hint: "give one in words, in quotes: trueingress trace 'tcp 198.51.100.7:40000 > 5.5.5.5:3100', or as bytes with --hex",
          },
        ),
      ],
    };
  if (text === undefined) return frameAsked(options.hex ?? '-', environment.files);
  const said = parsePacket(text);
  if (isFault(said)) return { failed: [wordsProblem('packet', text, said)] };
  return { value: { make: (directory) => wordsMade(said, directory) }, problems: [] };
}

function wordsMade(said: PacketWords, directory: TunnelDirectory): Attempt<MadePacket> {
  const outer = said.kind === 'plain' ? undefined : outerOf(directory, said);
  if (outer && 'message' in outer) return { failed: [problem('usage', outer.message, { hint: outer.hint })] };
  const frame = buildWords(said, outer);
  const going: Going = outer
    ? { direction: 'ingress', destination: outer.destination.ip }
    : { direction: 'egress', destination: said.kind === 'plain' ? said.packet.destination : undefined };
  return { value: { frame, going, said: formatPacket(said) }, problems: [] };
}

const leastFrame = 14;
const mostFrame = 65_535 + 18;

/** Blanks and colons between digits are what capture programs print. */
function frameAsked(path: string, files: Invocation['environment']['files']): Attempt<PacketAsked> {
  const read = path === '-' ? files.readInput() : files.read(path);
  if ('fault' in read)
    return {
      failed: [
        problem('file-unreadable', `${path} ${read.detail}`, {
          hint: 'name a file with --hex, or - for standard input',
        }),
      ],
    };
  const bytes = read instanceof Uint8Array ? read : read.bytes;
  const digits = Buffer.from(bytes).toString('latin1').replace(/[\s:]/g, '');
  const isHex = /^(?:[0-9a-fA-F]{2})+$/.test(digits);
  const frame = Uint8Array.from(Buffer.from(isHex ? digits : '', 'hex'));
  if (frame.length < leastFrame || frame.length > mostFrame)
    return {
      failed: [
        problem('usage', `${path === '-' ? 'standard input' : path} holds no frame in hexadecimal digits`, {
          hint: `two for each of ${leastFrame} to ${mostFrame} bytes, from the Ethernet header on, as \`tcpdump -xx\` has them without its offsets`,
        }),
      ],
    };
  const packet = readFrame(frame);
  const going = (directory: TunnelDirectory): Going => {
    const isGue = packet?.ports !== undefined && [...tunnelEnds(directory)].includes(packet.destination);
    return { direction: isGue ? 'ingress' : 'egress', destination: packet?.destination };
  };
  return {
    value: { make: (directory) => ({ value: { frame, going: going(directory), said: undefined }, problems: [] }) },
    problems: [],
  };
}

/** Where tunnels of services end here. */
function* tunnelEnds({ services, tunnel }: TunnelDirectory): Generator<string> {
  for (const service of services())
    for (const id of service.tunnels) {
      const local = tunnel(id)?.local;
      if (local) yield local.ip;
    }
}
