// Topologies that a hand has broken, one mistake each, and what its owner is to read.
import { gatewayText, vary } from '../unit/topology/texts.ts';

const head = 'apiVersion: trueingress/v1\nname: edge\nrole: gateway\n';
const listed = vary(gatewayText, ['role: gateway\n', 'role: gateway\ninterfaces: [eth0]\n']);

/** `shown`: place and message. */
export type BrokenText = readonly [what: string, text: string, shown: string, line: string, hint: string];

/** Message, line, caret and hint of each problem, as a terminal has them. */
export const brokenTexts: readonly BrokenText[] = [
  [
    'a bracket and nothing else',
    'a: [',
    '1:4 this bracket is not closed',
    '·: [',
    'close it with ] behind its last item',
  ],
  [
    'a list without its end',
    vary(listed, ['[eth0]', '[eth0']),
    '4:13 this bracket is not closed',
    'interfaces: [eth0',
    'close it with ] behind its last item',
  ],
  [
    'a key without its end',
    vary(gatewayText, ['Pa55w0rd1234567', '{file: web.key']),
    '16:10 this brace is not closed',
    '    key: {…',
    'close it with } behind its last item',
  ],
  [
    'a bracket that closes nothing',
    vary(listed, ['[eth0]', '[eth0]]']),
    '4:19 this bracket closes nothing',
    'interfaces: [eth0]]',
    'remove it',
  ],
  [
    'brackets of two kinds',
    vary(listed, ['[eth0]', '[eth0}']),
    '4:18 what was opened by [ in line 4 is closed by }',
    'interfaces: [eth0}',
    'write ] in its place',
  ],
  [
    'no comma',
    '{"apiVersion": "trueingress/v1", "name": "a" "role": "node"}',
    '1:42 a comma is missing here',
    '{"apiVersion": "trueingress/v1", "name": "a" "role": "node"}',
    'put a comma between two items or fields in brackets or braces, and text that contains ": " in quotes',
  ],
  [
    'a tab',
    vary(gatewayText, ['    local:', '\tlocal:']),
    '6:1 a tab is used for indentation',
    ' local: 172.1.0.4:6080',
    'put spaces in its place',
  ],
  [
    'a tab behind spaces',
    vary(gatewayText, ['    local:', '  \tlocal:']),
    '6:3 a tab is used for indentation',
    '   local: 172.1.0.4:6080',
    'put spaces in its place',
  ],
  [
    'a no-break space in an indentation',
    vary(gatewayText, ['    local:', '  \u00a0 local:']),
    '6:3 this looks like a space and is another character (U+00A0)',
    '  \u00a0 local: 172.1.0.4:6080',
    'replace it by a plain space; copying from a web page brings it',
  ],
  [
    'a no-break space behind the last colon',
    vary(gatewayText, ['remote: learned', 'remote:\u00a0learned']),
    '7:12 this looks like a space and is another character (U+00A0)',
    '    remote:\u00a0learned',
    'replace it by a plain space; copying from a web page brings it',
  ],
  [
    'no space behind a colon',
    vary(gatewayText, ['role: gateway', 'role:gateway']),
    '3:6 a space is missing behind the colon',
    'role:…',
    'write "role: " before the value',
  ],
  [
    'no space behind the colon of the last field',
    vary(gatewayText, ['remote: learned', 'remote:learned']),
    '7:12 a space is missing behind the colon',
    '    remote:…',
    'write "remote: " before the value',
  ],
  [
    'no space behind a dash',
    vary(gatewayText, ['  - name: web', '  -name: web']),
    '9:4 a space is missing behind the dash',
    '  -name: web',
    'write "- " before the first field of an item',
  ],
  [
    'no colon',
    vary(gatewayText, ['remote: learned', 'remote learned']),
    '7:11 a colon is missing behind the name',
    '    remote…',
    'write "remote:"',
  ],
  [
    'no colon behind the name of a list',
    vary(gatewayText, ['tunnels:', 'tunnels']),
    '4:8 a colon is missing behind the name',
    'tunnels',
    'write "tunnels:"',
  ],
  [
    'a quote without its end',
    vary(gatewayText, ['172.1.0.4:6080', '"172.1.0.4:6080']),
    '6:12 a quoted text is not closed',
    '    local: "172.1.0.4:6080',
    'add the closing quote',
  ],
  [
    'text behind a quote',
    vary(gatewayText, ['name: web', 'name: "web" x']),
    '9:17 there is something behind the closing quote',
    '  - name: "web" x',
    'put all of it in the quotes, or remove what stands behind them',
  ],
  [
    'a line that is too deep',
    vary(gatewayText, ['    remote:', '      remote:']),
    '7:7 this line is indented by 6 spaces, and line 6, which has a value already, by 4',
    '      remote: learned',
    'indent both alike: by 4, say',
  ],
  [
    'a line that is not deep enough',
    vary(gatewayText, ['    remote:', '   remote:']),
    '7:4 this line is indented by 3 spaces, and none above it that it could belong to is',
    '   remote: learned',
    'indent it like one of them: by 4 or 2',
  ],
  [
    'an item that is not deep enough',
    vary(gatewayText, ['  - name: web', ' - name: web']),
    '10:5 this line is indented by 4 spaces, and line 9, which has a value already, by 3',
    '    group: 2',
    'indent both alike: by 3, say',
  ],
  [
    'a list on the line of its name',
    vary(gatewayText, ['tunnels:\n  - id', 'tunnels: - id']),
    '4:10 a list begins here on the line of its name',
    'tunnels: - id: 100',
    'begin it on the next line',
  ],
  [
    'a comment without space before it',
    vary(listed, ['[eth0]', '[eth0]#x']),
    '4:19 a space is missing before this #',
    'interfaces: [eth0]#x',
    'YAML wants a space there',
  ],
  [
    'a zero byte',
    `${head}\0`,
    '4:1 there is a character that YAML does not allow',
    '',
    'the file may not be text at all',
  ],
];
