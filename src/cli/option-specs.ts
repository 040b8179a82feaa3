// Every option that a command can have, once: how it is written, what it means, how its text becomes a value.
// parse.ts hands them to the command-line package.
import {
  count,
  deletionLimit,
  duration,
  instanceName,
  interval,
  keyReference,
  listOf,
  oneOf,
  place,
  portNumber,
  positive,
  prefix,
  serviceId,
  tunnelId,
} from './option-values.ts';
import type { OptionName } from './options.ts';

export interface OptionSpec {
  readonly flags: string;
  readonly summary: string;
  /** Text → value; throws RangeError with a sentence. Absent: a switch, or the text itself. */
  readonly read?: ((text: string, previous: unknown) => unknown) & { readonly choices?: readonly string[] };
  /** Environment variable that gives it when the command line does not. */
  readonly variable?: string;
  readonly hidden?: boolean;
}

export const optionSpecs: Readonly<Record<OptionName, OptionSpec>> = {
  file: {
    flags: '-f, --file <path>',
    summary: 'topology file, directory of them, or - for standard input; may be repeated',
    read: listOf((text) => text),
  },
  instance: {
    flags: '-i, --instance <name>',
    summary: 'which instance; not needed where a file names it, or where there is one only',
    read: instanceName,
  },
  netns: { flags: '--netns <name>', summary: 'work in this network namespace' },
  bpffs: { flags: '--bpffs <directory>', summary: 'where bpffs is mounted (default: /sys/fs/bpf)' },
  runDir: {
    flags: '--run-dir <directory>',
    summary: "where locks, the daemon's socket and what waits for a confirmation are (default: /run/trueingress)",
    variable: 'TRUEINGRESS_RUN_DIR',
  },
  stateDir: {
    flags: '--state-dir <directory>',
    summary: 'where history is (default: /var/lib/trueingress)',
    variable: 'TRUEINGRESS_STATE_DIR',
  },
  hook: {
    flags: '--hook <kind>',
    summary: 'auto, tcx or clsact: how programs are attached; the last two move hooks of the other kind',
    variable: 'TRUEINGRESS_HOOK',
    read: oneOf('auto', 'tcx', 'clsact'),
  },
  color: {
    flags: '--color <when>',
    summary: 'auto, always or never; NO_COLOR is obeyed',
    read: oneOf('auto', 'always', 'never'),
  },
  json: { flags: '--json', summary: 'one JSON document on stdout, whatever happens' },
  debug: { flags: '--debug', summary: 'with a bug, show where it happened', hidden: true },
  all: { flags: '--all', summary: 'list every change, however many there are' },
  detailedExitcode: { flags: '--detailed-exitcode', summary: 'exit 2 when there are changes, 0 when there are none' },
  ask: { flags: '--ask', summary: 'show the plan and ask before anything changes' },
  dryRun: { flags: '--dry-run', summary: 'show the plan and change nothing' },
  lockTimeout: {
    flags: '--lock-timeout <time>',
    summary: 'how long to wait for another run (default: 10s)',
    read: duration,
  },
  probe: {
    flags: '--probe <count>',
    summary: 'how many changed services are probed: a number, all (every service there is) or 0 (default: 1000)',
    read: (text) => (text === 'all' ? text : count(text)),
  },
  format: {
    flags: '--format <how>',
    summary: 'text, tap (version 14) or junit (XML)',
    read: oneOf('text', 'tap', 'junit'),
  },
  output: {
    flags: '-o, --output <file>',
    summary: 'save the plan for `apply FILE`; it holds keys, only its owner can read it',
  },
  confirmWithin: {
    flags: '--confirm-within <time>',
    summary: 'go back by itself unless `trueingress confirm` comes in this time: 120s, for instance',
    read: interval,
  },
  confirmProbe: {
    flags: '--confirm-probe <command>',
    summary: 'confirm when this succeeds (by sh, again and again), or `learned`: when tunnels are heard again',
  },
  wait: { flags: '--wait', summary: 'stay until it is confirmed or taken back; exit 7 when it was taken back' },
  timer: { flags: '--timer <id>', summary: 'wait for a confirmation, and go back without', hidden: true },
  yes: { flags: '--yes', summary: 'do it, although traffic may leave in the clear' },
  policy: {
    flags: '--policy <name>',
    summary:
      'sync: what is not in the file goes (default); upsert-only: nothing is deleted; create-only: nothing is deleted or changed',
    read: oneOf('sync', 'upsert-only', 'create-only'),
  },
  allowEmpty: { flags: '--allow-empty', summary: 'a file without tunnels and services may take all of them away' },
  maxDeletions: {
    flags: '--max-deletions <number>',
    summary:
      'how many interfaces, tunnels and services may go, or 50% of them (default: 30% when there are 10 or more)',
    read: deletionLimit,
  },
  allowCutSsh: { flags: '--allow-cut-ssh', summary: 'the change may cut the ssh connection that this runs in' },
  showSecrets: { flags: '--show-secrets', summary: 'print the keys' },
  check: {
    flags: '--check',
    summary: 'exit 1 unless converged: the host runs what was applied, and what its daemon asks for',
  },
  once: { flags: '--once', summary: 'one ping for each tunnel' },
  every: {
    flags: '--every <time>',
    summary: 'again and again, so often, until stopped: 10s, for instance',
    read: interval,
  },
  watch: {
    flags: '--watch',
    summary: 'again and again, with what happened in each second (every 1s, unless --every says more)',
  },
  count: { flags: '--count <number>', summary: 'end after so many', read: positive },
  for: { flags: '--for <time>', summary: 'end after so long: 10s, for instance', read: interval },
  rate: {
    flags: '--rate <number>',
    summary: 'packets that are looked at in a second, on each CPU, at most (default: 1000)',
    read: positive,
  },
  write: {
    flags: '-w, --write <file>',
    summary: 'a capture file (pcapng) for Wireshark instead of lines; - is standard output',
  },
  service: { flags: '--service <group/id>', summary: 'of this service only; may be repeated', read: listOf(serviceId) },
  tunnel: { flags: '--tunnel <id>', summary: 'of this tunnel only; may be repeated', read: listOf(tunnelId) },
  verdict: {
    flags: '--verdict <name>',
    summary: 'with this verdict only, or drops, passes, all (default: all but pass-not-ours); may be repeated',
    read: listOf((text) => text),
  },
  address: {
    flags: '--address <prefix>',
    summary: 'with this IP address, or one of this prefix, outside or inside a tunnel; may be repeated',
    read: listOf(prefix),
  },
  interface: {
    flags: '--interface <name>',
    summary: 'on this interface only (default: those with flag dump, or all if none has it); may be repeated',
    read: listOf((text) => text),
  },
  interval: {
    flags: '--interval <time>',
    summary: 'how often the host is looked at for drift (default: 60s)',
    read: interval,
  },
  listen: {
    flags: '--listen <where>',
    summary:
      'answer /metrics, /status, /healthz and /readyz there: 127.0.0.1:9464, [::1]:9464 or unix:/path; loopback only',
    variable: 'TRUEINGRESS_LISTEN',
  },
  logLevel: {
    flags: '--log-level <level>',
    summary: 'error, warn, info or debug (default: info)',
    read: oneOf('error', 'warn', 'info', 'debug'),
  },
  logFormat: {
    flags: '--log-format <format>',
    summary: 'text, json, or auto: text on a terminal (default)',
    read: oneOf('auto', 'text', 'json'),
  },
  at: {
    flags: '--at <place>',
    summary: 'at this hook: eth0:egress, for instance (default: where the packet would come by)',
    read: place,
  },
  entered: { flags: '--entered <interface>', summary: 'at egress: by which interface it entered (default: local)' },
  hex: {
    flags: '--hex <file>',
    summary: 'the frame as hexadecimal digits, from its Ethernet header on; - is standard input',
  },
  expect: { flags: '--expect <verdict>', summary: 'exit 1 when the verdict is another one' },
  last: { flags: '-n, --last <number>', summary: 'how many, the newest (default: 20)', read: count },
  follow: { flags: '-f, --follow', summary: 'go on with each that happens, until stopped' },
  now: { flags: '--now', summary: 'at once, whatever the back-off; there is no other way yet' },
  peer: {
    flags: '--peer <path>',
    summary: 'topology file or directory of a host at the other end; may be repeated',
    read: listOf((text) => text),
  },
  key: {
    flags: '--key <where>',
    summary: 'where the new key is, as both files will say: file:PATH or env:NAME; never the key itself',
    read: keyReference,
  },
  port: { flags: '--port <number>', summary: 'the UDP port that the local end of the tunnel gets', read: portNumber },
  role: {
    flags: '--role <role>',
    summary: 'gateway: has the public side (default); node: runs the services',
    read: oneOf('gateway', 'node'),
  },
  writeSteps: {
    flags: '--write-steps',
    summary: "write each host's text after each step beside its file, as NAME.step-N.yaml",
  },
  order: {
    flags: '--order <words>',
    summary:
      'which id comes first in `service get`, `set` and `del`: service-group (default; import looks for signs) or group-service',
    variable: 'TRUEINGRESS_SERVICE_ORDER',
    read: oneOf('service-group', 'group-service'),
  },
  oldLines: {
    flags: '--old-lines',
    summary: 'answer in the lines of cli_cfg, cli_tunnel and cli_service',
    hidden: true,
  },
};
