// The part of the table of commands (commands.ts) about the daemon: what runs it, and what talks to it.
import { type CommandSpec, changing, guards, ofDaemon, ofFile } from './command-spec.ts';

export const daemonCommands: readonly CommandSpec[] = [
  {
    name: 'watch',
    summary: 'apply, then keep the host as the files say: file changes, interfaces, drift; until stopped',
    arguments: [],
    options: [
      ...(['interval', 'listen', 'logLevel', 'logFormat', 'probe', 'allowCutSsh', 'hook'] as const),
      ...guards,
      ...changing,
      ...ofFile,
    ],
    summaries: { file: 'topology file or directory of them, to be followed; not standard input; may be repeated' },
    examples: [
      ['trueingress watch -f /etc/trueingress/topology.yaml', 'stopping it never stops the datapath'],
      ['trueingress watch -f topology.yaml --listen 127.0.0.1:9464', 'with metrics and health'],
    ],
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'events',
    summary: 'what the daemon has done: the last of it, or as it happens',
    arguments: [],
    options: ['last', 'follow', ...ofDaemon],
    examples: [
      ['trueingress events -n 5', 'the last five'],
      ['trueingress events -f', 'until stopped; ends with the daemon'],
      ['trueingress events -f --json', 'one JSON document a line'],
    ],
    load: () => import('./commands/events.ts'),
  },
  {
    name: 'suspend',
    summary: 'the daemon leaves the host alone until `resume`, or until it is started again',
    arguments: [],
    options: ofDaemon,
    examples: [['trueingress suspend', 'when it answers, no run is going on any more']],
    load: () => import('./commands/suspend.ts'),
  },
  {
    name: 'resume',
    summary: 'ends `suspend`: the daemon reconciles at once',
    arguments: [],
    options: ofDaemon,
    examples: [['trueingress resume', '']],
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'reconcile',
    summary: 'the daemon reads its files and reconciles now; ends with the exit code of that run',
    arguments: [],
    options: ['now', ...ofDaemon],
    examples: [['trueingress reconcile --now', 'waits for the end of the run']],
    load: () => import('./commands/reconcile.ts'),
  },
];
