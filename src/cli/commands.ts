// The table of commands: what each is called, takes and looks like in use, and where its file is. `load` is lazy, so that a
// command pays for itself only.
import type { Run } from './command.ts';
import type { OptionName } from './options.ts';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Each `[name]` is optional; `[a|b]` takes one of these words only. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  load(): Promise<{ readonly run: Run }>;
}

/** Every command takes them, so that a script can give the same ones to all; help shows them where they do something. */
export const globalOptions: readonly OptionName[] = ['instance', 'netns', 'bpffs', 'hook', 'runDir', 'stateDir'];

const everywhere: readonly OptionName[] = ['json', 'color', 'debug'];
const kernel: readonly OptionName[] = ['netns', 'bpffs', 'hook', 'runDir', 'stateDir', ...everywhere];
const ofInstance: readonly OptionName[] = ['instance', ...kernel];
const ofFile: readonly OptionName[] = ['file', ...ofInstance];

export const commands: readonly CommandSpec[] = [
  {
    name: 'validate',
    summary: 'read a topology and tell every problem in it; needs no root, kernel or keys',
    arguments: [],
    options: ['file', ...everywhere],
    examples: [
      ['trueingress validate -f gateway.yaml', 'one file'],
      ['trueingress validate -f base.yaml -f services/', 'a file and a directory, joined'],
    ],
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'lint',
    summary:
      'hold a topology against those of the hosts at the other end; exit 1 when packets between them would be lost',
    arguments: [],
    options: ['file', 'peer', ...everywhere],
    examples: [
      ['trueingress lint -f gateway.yaml --peer node.yaml', 'ids, keys, endpoints, modes, ports, pings'],
      ['trueingress lint -f gateway.yaml --peer node1.yaml --peer node2.yaml', 'each of them'],
    ],
    load: () => import('./commands/lint.ts'),
  },
  {
    name: 'rotate',
    summary: 'the order of steps for two hosts in which a key or a port is changed without losing traffic',
    arguments: [],
    options: ['file', 'peer', 'service', 'key', 'tunnel', 'port', 'writeSteps', ...everywhere],
    examples: [
      [
        'trueingress rotate -f gateway.yaml --peer node.yaml --service 2/1 --key file:/etc/trueingress/web.next.key',
        'another key for a service',
      ],
      [
        'trueingress rotate -f gateway.yaml --peer node.yaml --tunnel 100 --port 6081 --write-steps',
        "another port for the gateway's end of a tunnel; each step as a file",
      ],
    ],
    load: () => import('./commands/rotate.ts'),
  },
  {
    name: 'plan',
    summary: 'show what apply would change; changes nothing',
    arguments: ['[plan]'],
    options: ['output', 'all', 'detailedExitcode', ...ofFile],
    examples: [
      ['trueingress plan -f gateway.yaml', 'what is new, changed and gone'],
      ['trueingress plan -f gateway.yaml --detailed-exitcode', 'exit 2 when something would change'],
      ['trueingress plan -f gateway.yaml -o plan.json', 'save it; `apply plan.json` does exactly this, once'],
      ['trueingress plan plan.json', 'show a saved plan again'],
    ],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'diff',
    summary: 'compare what is live with a topology, as unified YAML; exit 1 when they differ',
    arguments: [],
    options: ofFile,
    examples: [['trueingress diff -f gateway.yaml', '']],
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'apply',
    summary: 'make the host what a topology says: staged, probed, switched at once, verified',
    arguments: ['[plan]'],
    options: [
      ...(['ask', 'dryRun', 'all', 'detailedExitcode', 'lockTimeout', 'probe'] as const),
      ...(['confirmWithin', 'confirmProbe', 'wait'] as const),
      ...ofFile,
    ],
    examples: [
      ['trueingress apply -f gateway.yaml', 'never asks; nothing to do is done quickly'],
      ['trueingress apply -f gateway.yaml --ask', 'show the plan first, then ask'],
      ['envsubst < gateway.yaml.in | trueingress apply -f -', 'from standard input'],
      ['trueingress apply plan.json', 'exactly what was planned, or exit 6 and what moved since'],
      ['trueingress apply -f gateway.yaml --confirm-within 120s', 'back in two minutes, unless `trueingress confirm`'],
    ],
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'confirm',
    summary: 'keep what `apply --confirm-within` made live',
    arguments: [],
    options: ['timer', 'lockTimeout', ...ofInstance],
    examples: [['trueingress confirm', 'exit 7 when it came too late']],
    load: () => import('./commands/confirm.ts'),
  },
  {
    name: 'history',
    summary: 'what ran here, newest first; show one, or what differs between two',
    arguments: ['[list|show|diff]', '[generation]'],
    options: ofInstance,
    examples: [
      ['trueingress history', 'generations with time, who, changes, source and commit'],
      ['trueingress history show 12', 'one, with its topology'],
      ['trueingress history diff 11..12', 'as unified YAML; exit 1 when they differ'],
    ],
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'revert',
    summary: 'run the generation before this one again, at once, or an older one of the history',
    arguments: ['[generation]'],
    options: ['all', 'dryRun', 'detailedExitcode', 'lockTimeout', 'probe', ...ofInstance],
    examples: [
      ['trueingress revert', 'a switch of programs; no file is read, nothing is staged'],
      ['trueingress revert 12', 'staged again from history, probed and verified as any apply'],
      ['trueingress revert --dry-run', 'what that would change'],
    ],
    load: () => import('./commands/revert.ts'),
  },
  {
    name: 'export',
    summary: 'print what is live as a topology file',
    arguments: [],
    options: ['showSecrets', ...ofInstance],
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
    options: ['check', ...ofInstance],
    examples: [['trueingress status --check', 'exit 1 when not converged']],
    load: () => import('./commands/status.ts'),
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
      ...(['count', 'for', 'rate', 'write', 'showSecrets'] as const),
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
    options: ['at', 'entered', 'hex', 'expect', 'file', ...ofInstance],
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
    options: ['all', 'file', ...ofInstance],
    examples: [
      ["trueingress why encap 'tcp 5.5.5.5:3100'", 'what becomes of packets to a proxy'],
      ['trueingress why tunnel 100', 'and who uses it'],
      ['trueingress why service 2/1', 'the same as why verify 2/1'],
      ['trueingress why peer 100', 'where the far end is, and since when'],
    ],
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'attach',
    summary: 'put the live programs on the hooks of configured interfaces that run nothing of ours',
    arguments: ['[interface]', '[ingress|egress]'],
    options: ['lockTimeout', ...ofInstance],
    examples: [
      ['trueingress attach', 'every interface of the topology'],
      ['trueingress attach eth0 ingress', ''],
    ],
    load: () => import('./commands/attach.ts'),
  },
  {
    name: 'detach',
    summary: 'take our programs off interfaces; everything else on them stays',
    arguments: ['[interface]', '[ingress|egress]'],
    options: ['yes', 'lockTimeout', ...ofInstance],
    examples: [['trueingress detach eth0 --yes', 'on a gateway, traffic to its services then leaves in the clear']],
    load: () => import('./commands/detach.ts'),
  },
  {
    name: 'remove',
    summary: 'take everything of an instance off this host: hooks, programs, tables, learned remotes',
    arguments: [],
    options: ['yes', 'lockTimeout', ...ofInstance],
    examples: [['trueingress remove -i epic-1 --yes', '']],
    load: () => import('./commands/remove.ts'),
  },
  {
    name: 'watch',
    summary: 'apply, then keep the host as the files say: file changes, interfaces, drift; until stopped',
    arguments: [],
    options: ['interval', 'listen', 'logLevel', 'logFormat', 'probe', 'lockTimeout', ...ofFile],
    examples: [
      ['trueingress watch -f /etc/trueingress/topology.yaml', 'stopping it never stops the datapath'],
      ['trueingress watch -f topology.yaml --listen 127.0.0.1:9464', 'with metrics and health'],
    ],
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'ping',
    summary: 'announce this node to its gateways, once or again and again',
    arguments: [],
    options: ['once', 'every', ...ofInstance],
    examples: [
      ['trueingress ping --once', ''],
      ['trueingress ping --every 10s', 'until it is stopped'],
    ],
    load: () => import('./commands/ping.ts'),
  },
  {
    name: 'version',
    summary: 'versions of the command and its BPF object',
    arguments: [],
    options: everywhere,
    examples: [['trueingress version --json', '']],
    load: () => import('./commands/version.ts'),
  },
];
