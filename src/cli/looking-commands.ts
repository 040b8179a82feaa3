// The commands that look at what is live, for commands.ts.
import { type CommandSpec, ofFile, ofInstance } from './command-spec.ts';

export const lookingCommands: readonly CommandSpec[] = [
  {
    name: 'export',
    summary: 'print what is live as a topology file',
    arguments: [],
    options: ['showSecrets', 'stateDir', ...ofInstance],
    examples: [
      ['trueingress export > live.yaml', 'keys are written `keep`: whatever is live'],
      ['trueingress export --show-secrets > backup.yaml', 'with the keys'],
    ],
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'show',
    summary: 'print live tables',
    arguments: ['[tunnels|services|config|peers|flows|attachments]'],
    options: ofInstance,
    examples: [
      ['trueingress show', 'all but flows'],
      ['trueingress show services', ''],
    ],
    load: () => import('./commands/show.ts'),
  },
  {
    name: 'status',
    summary: 'what runs here, since when, and whether it is what was applied',
    arguments: [],
    options: ['check', 'runDir', ...ofInstance],
    examples: [['trueingress status --check', 'exit 1 when not converged']],
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'look at this host for what stands in the way, and say what to do; exit 1 for a failure; changes nothing',
    arguments: [],
    options: ofFile,
    examples: [
      ['trueingress doctor', 'the machine, and the network around what is live'],
      ['sudo trueingress doctor -f gateway.yaml', 'before the first apply'],
    ],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'stats',
    summary: 'what became of packets: by hook and verdict, service and tunnel',
    arguments: [],
    options: ['watch', 'every', 'count', ...ofInstance],
    examples: [
      ['trueingress stats --json', ''],
      ['trueingress stats --watch', 'what happens in each second, until q is typed'],
      ['trueingress stats --watch --every 10s --count 6 --json', 'six records, one every ten seconds'],
    ],
    load: () => import('./commands/stats.ts'),
  },
  {
    name: 'dump',
    summary: 'packets as they pass, with their verdict, service and tunnel; until stopped',
    arguments: [],
    options: [
      ...(['service', 'tunnel', 'verdict', 'address', 'interface'] as const),
      ...(['count', 'for', 'rate', 'write', 'showSecrets', 'runDir'] as const),
      ...ofInstance,
    ],
    examples: [
      ['trueingress dump', 'what goes through tunnels, and what is dropped'],
      ['trueingress dump --verdict drops --for 10s', 'drops only, for ten seconds'],
      ['trueingress dump --service 2/1 --address 10.0.0.0/8', 'one service, of clients in one network'],
      [
        'trueingress dump -w capture.pcapng --count 1000',
        'for Wireshark, with the verdict as a comment; keys are blanked',
      ],
      ['trueingress dump -w - | wireshark -k -i -', 'as it happens'],
    ],
    load: () => import('./commands/dump.ts'),
  },
  {
    name: 'trace',
    summary: 'what becomes of one packet here, and which rows and lines of the file decide it; changes nothing',
    arguments: ['[packet]'],
    options: ['at', 'entered', 'hex', 'expect', 'file', 'stateDir', ...ofInstance],
    examples: [
      ["trueingress trace 'tcp 198.51.100.7:40000 > 5.5.5.5:3100'", 'a packet of a client, as it leaves'],
      ["trueingress trace 'tcp 5.5.5.5:3100 > 198.51.100.7:40000 in tunnel 100 key wrong'", 'one that comes in'],
      ["trueingress trace 'ping tunnel 100' -f gateway.yaml", 'on a file that nobody runs'],
      [
        "trueingress trace 'udp 10.0.0.9:5 > 5.5.5.5:53' --at eth0:egress --expect encapsulated",
        'exit 1 when it is not',
      ],
      ['trueingress trace --hex frame.txt --at eth0:ingress', 'a captured frame'],
    ],
    load: () => import('./commands/trace.ts'),
  },
  {
    name: 'why',
    summary: 'one row: the line of the file that it comes from, rows that it leads to, and rows by which it is met',
    arguments: ['[table]', '[key]'],
    options: ['all', 'file', 'stateDir', ...ofInstance],
    examples: [
      ["trueingress why encap 'tcp 5.5.5.5:3100'", 'what becomes of packets to a proxy'],
      ['trueingress why tunnel 100', 'and who uses it'],
      ['trueingress why service 2/1', 'the same as why verify 2/1'],
      ['trueingress why peer 100', 'where the far end is, and since when'],
    ],
    load: () => import('./commands/why.ts'),
  },
];
