// The part of the table of commands (commands.ts) that speaks the words of the old tools.
import { type CommandSpec, changing, everywhere, ofFile, ofInstance } from './command-spec.ts';

const editing = [
  'dryRun',
  'all',
  'detailedExitcode',
  'probe',
  'allowCutSsh',
  'hook',
  'oldLines',
  ...changing,
  ...ofFile,
] as const;

export const oldCommands: readonly CommandSpec[] = [
  {
    name: 'config',
    summary: 'interfaces and their flags in the words of cli_cfg: get, set, del; live, or in a file with -f',
    arguments: ['[words...]'],
    options: editing,
    examples: [
      ['trueingress config get all', ''],
      ['trueingress config set eth0 1 9', 'flags of egress: proxy (1) and dump (8); 0 is ingress'],
    ],
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'tunnel',
    summary: 'tunnels in the words of cli_tunnel: get, set, del; live, or in a file with -f',
    arguments: ['[words...]'],
    options: editing,
    examples: [
      ['trueingress tunnel get 100', 'exit 66 when there is none'],
      [
        'trueingress tunnel set 100 172.1.0.4 6080 172.1.0.3 6080',
        'id, local, remote; staged, probed, switched at once',
      ],
      [
        'trueingress tunnel set 200 172.1.0.4 6080 0 0 -f gateway.yaml',
        'in the file; 0 0: learned, what was learned stays',
      ],
      ['trueingress tunnel del 100 --dry-run', ''],
    ],
    load: () => import('./commands/tunnel.ts'),
  },
  {
    name: 'service',
    summary: 'services in the words of cli_service: get, set, set-gw, set-node, del; live, or in a file with -f',
    arguments: ['[words...]'],
    options: ['order', ...editing],
    examples: [
      [
        "trueingress service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 100 'Pa55w0rd1234567'",
        'service id, group, protocol, proxy, endpoint, tunnel, key',
      ],
      ['trueingress service get 2 1 --order group-service', 'the other order of ids'],
      ['trueingress service del 1 2 -f gateway.yaml', ''],
    ],
    load: () => import('./commands/service.ts'),
  },
  {
    name: 'import',
    summary: 'turn scripts of the old tools, or dumps of their maps, into a commented topology file; changes nothing',
    arguments: ['[files...]'],
    options: ['order', 'showSecrets', 'instance', ...everywhere],
    examples: [
      [
        'trueingress import setup-gateway.sh > gateway.yaml',
        'what was assumed and what is left stands in it as comments',
      ],
      ['trueingress import --show-secrets tunnel.json verify.json', 'maps dumped by bpftool, with the keys'],
    ],
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'reattach',
    summary: 'put the live programs on hooks anew, without a gap: what is missing, and what is of another kind',
    arguments: ['[interface]', '[ingress|egress]'],
    options: ['hook', ...changing, ...ofInstance],
    examples: [
      ['trueingress reattach', 'every interface of the topology'],
      ['trueingress reattach eth0 --hook clsact', 'moved from TCX'],
    ],
    load: () => import('./commands/reattach.ts'),
  },
];
