// Texts for tests: a good gateway and a good node to vary, and a short way to read and to name problems.
import type { Problem } from '../../../src/problem.ts';
import { type Reading, readTopology } from '../../../src/topology/read.ts';
import type { Topology } from '../../../src/topology/topology.ts';

export const head = `apiVersion: trueingress/v1
name: epic-1
role: gateway
`;

export const gatewayText = `apiVersion: trueingress/v1
name: epic-1
role: gateway
tunnels:
  - id: 100
    local: 172.1.0.4:6080
    remote: learned
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    endpoint: 1.1.1.1:4000
    tunnel: 100
    key: Pa55w0rd1234567
`;

export const nodeText = `apiVersion: trueingress/v1
name: node-1
role: node
tunnels:
  - id: 100
    local: 172.1.0.3:6080
    remote: 172.1.0.4:6080
  - id: 200
    local: 172.1.0.3:6080
    remote: 172.1.0.5:6080
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    endpoint: 1.1.1.1:4000
    tunnel: [100, 200]
    key: Pa55w0rd1234567
`;

export function read(...texts: readonly string[]): Promise<Reading> {
  const sources = texts.map((text, index) => ({
    file: index === 0 ? 'a.yaml' : `${index + 1}.yaml`,
    text,
    directory: '.',
  }));
  return readTopology(sources);
}

/** The topology, or an error that names the problems. */
export async function mustRead(...texts: readonly string[]): Promise<Topology> {
  const { topology, problems } = await read(...texts);
  if (!topology) throw new Error(problems.map(shortly).join('\n'));
  return topology;
}

/** `code line:column`, with the file in front when it is not a.yaml. */
export function shortly({ code, place }: Problem): string {
  if (!place) return code;
  const file = place.file === 'a.yaml' ? '' : `${place.file}:`;
  return `${code} ${file}${place.line}:${place.column}`;
}

export async function problemsOf(...texts: readonly string[]): Promise<string[]> {
  return (await read(...texts)).problems.map(shortly);
}

/** The text with each `from` replaced by its `to`; it is an error when one is not there. */
export function vary(text: string, ...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((at, [from, to]) => {
    if (!at.includes(from)) throw new Error(`no ${JSON.stringify(from)} in the text to vary`);
    return at.replace(from, () => to);
  }, text);
}

/** The text with more fields of its first tunnel, from line 7 on. */
export function tunnelFields(text: string, ...fields: readonly string[]): string {
  return vary(text, ['    remote:', `${indented(fields)}    remote:`]);
}

/** The text with more fields of its service: from line 16 on in the gateway's text, from line 19 on in the node's. */
export function serviceFields(text: string, ...fields: readonly string[]): string {
  return vary(text, ['    key:', `${indented(fields)}    key:`]);
}

function indented(fields: readonly string[]): string {
  return fields.map((field) => `    ${field}\n`).join('');
}
