// The table of commands: what each is called, takes and looks like in use, and where its file is. `load` is lazy, so that a
// command pays for itself only.
import { type CommandSpec, changing, everywhere, guards, ofFile, ofInstance } from './command-spec.ts';
import { daemonCommands } from './daemon-commands.ts';
import { lookingCommands } from './looking-commands.ts';
import { oldCommands } from './old-commands.ts';
import { startingCommands } from './starting-commands.ts';

export const commands: readonly CommandSpec[] = [
  ...startingCommands,
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
    name: 'test',
    summary: 'try the packets of a topology on programs that nobody runs: what follows from it, and what it expects',
    arguments: [],
    options: ['file', 'format', 'probe', 'all', 'netns', ...everywhere],
    summaries: { probe: 'how many services are probed: a number, all (default) or 0' },
    examples: [
      ['trueingress test -f gateway.yaml', 'all services and expectations; exit 1 when one fails'],
      ['trueingress test -f gateway.yaml --format junit > report.xml', 'for a CI server; tap for others'],
      ['trueingress test -f gateway.yaml --probe 0', 'expectations only'],
    ],
    load: () => import('./commands/test.ts'),
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
    options: ['output', 'all', 'detailedExitcode', 'hook', 'stateDir', ...guards, ...ofFile],
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
    options: ['policy', ...ofFile],
    examples: [['trueingress diff -f gateway.yaml', '']],
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'apply',
    summary: 'make the host what a topology says: staged, probed, switched at once, verified',
    arguments: ['[plan]'],
    options: [
      ...(['ask', 'dryRun', 'all', 'detailedExitcode', 'probe', 'allowCutSsh', 'hook'] as const),
      ...(['confirmWithin', 'confirmProbe', 'wait'] as const),
      ...guards,
      ...changing,
      ...ofFile,
    ],
    examples: [
      ['trueingress apply -f gateway.yaml', 'never asks; nothing to do is done quickly'],
      ['trueingress apply -f gateway.yaml --ask', 'show the plan first, then ask'],
      [
        'trueingress apply -f gateway.yaml --policy upsert-only',
        'add and change, and leave what the file does not have',
      ],
      ['trueingress apply -f gateway.yaml --max-deletions 50%', 'when much is meant to go'],
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
    options: ['timer', ...changing, ...ofInstance],
    examples: [['trueingress confirm', 'exit 7 when it came too late']],
    load: () => import('./commands/confirm.ts'),
  },
  {
    name: 'history',
    summary: 'what ran here, newest first; show one, or what differs between two',
    arguments: ['[list|show|diff]', '[generation]'],
    options: ['stateDir', ...ofInstance],
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
    options: ['all', 'dryRun', 'detailedExitcode', 'probe', 'hook', ...changing, ...ofInstance],
    examples: [
      ['trueingress revert', 'a switch of programs; no file is read, nothing is staged'],
      ['trueingress revert 12', 'staged again from history, probed and verified as any apply'],
      ['trueingress revert --dry-run', 'what that would change'],
    ],
    load: () => import('./commands/revert.ts'),
  },
  ...lookingCommands,
  {
    name: 'attach',
    summary: 'put the live programs on the hooks of configured interfaces that run nothing of ours',
    arguments: ['[interface]', '[ingress|egress]'],
    options: ['hook', ...changing, ...ofInstance],
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
    options: ['yes', ...changing, ...ofInstance],
    examples: [['trueingress detach eth0 --yes', 'on a gateway, traffic to its services then leaves in the clear']],
    load: () => import('./commands/detach.ts'),
  },
  {
    name: 'remove',
    summary: 'take everything of an instance off this host: hooks, programs, tables, learned remotes',
    arguments: [],
    options: ['yes', ...changing, ...ofInstance],
    summaries: { yes: 'do it, although traffic may leave in the clear, or a daemon would apply it again' },
    examples: [['trueingress remove -i epic-1 --yes', '']],
    load: () => import('./commands/remove.ts'),
  },
  ...oldCommands,
  ...daemonCommands,
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
