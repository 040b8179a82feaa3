// The commands for whoever begins, for commands.ts: a first file, what its fields mean, help for shells and editors.
import { type CommandSpec, everywhere, kernel } from './command-spec.ts';

export const startingCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'write a first topology file for this host, with comments; never over a file that is there',
    arguments: [],
    options: ['role', 'instance', 'output', 'netns', ...everywhere],
    summaries: {
      instance: 'what the instance is called (default: as the file of -o without its ending, else as this host)',
      output: 'where it goes (default: standard output); its directory must be there, the file must not',
    },
    examples: [
      [
        'trueingress init -o gateway.yaml',
        'for a gateway, instance `gateway`, with the interface and address of this host',
      ],
      ['trueingress init --role node -i branch7 -o node.yaml', 'for a node, instance `branch7`'],
    ],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'explain',
    summary: 'what a field of the topology file means: type, default, range, examples, place',
    arguments: ['[field]'],
    options: everywhere,
    examples: [
      ['trueingress explain services.key', 'one field'],
      ['trueingress explain tunnels', 'a list, and what its items hold'],
      ['trueingress explain', 'the file'],
    ],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of the topology file, or of a --json document',
    arguments: ['[kind]'],
    options: everywhere,
    examples: [
      ['trueingress schema > topology.schema.json', 'for an editor or a pipeline'],
      ['trueingress schema plan', 'what `plan --json` prints'],
      ['trueingress schema list', 'every kind there is, and where the files are'],
    ],
    load: () => import('./commands/schema.ts'),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands, options and live names in a shell',
    arguments: ['[bash|zsh|fish]'],
    options: everywhere,
    examples: [
      ['source <(trueingress completion bash)', 'in this bash'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: of zsh
      ['trueingress completion zsh > "${fpath[1]}/_trueingress"', 'for zsh, from the next start on'],
      ['trueingress completion fish > ~/.config/fish/completions/trueingress.fish', 'for fish'],
    ],
    load: () => import('./commands/completion.ts'),
  },
  {
    name: '__complete',
    summary: 'values that scripts of `completion` offer, one a line; says nothing where it cannot know',
    arguments: ['[what]', '[words...]'],
    options: ['instance', 'order', 'stateDir', ...kernel],
    examples: [],
    hidden: true,
    load: () => import('./commands/complete.ts'),
  },
];
