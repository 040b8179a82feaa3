// Texts become a topology, or all their problems. Pure: what is read comes as values, keys are references until keys.ts.
// The rooms behind: load (text → document), head, items, tunnels, services, rules; shape and values say what is wrong with a field.
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { hasErrors, type Problem, problem, sortProblems } from '../problem.ts';
import { createComplaints } from './complaints.ts';
import { children, findField, resolved, rootNode, type Source } from './document.ts';
import type { Defined } from './expectations.ts';
import { fillInProblem } from './fill-in.ts';
import { describeSeveral, headPart, readHead } from './head.ts';
import { type ItemKind, partOf, readInterface } from './items.ts';
import { loadSource } from './load.ts';
import { checkInterfaces, checkServices, checkTunnels } from './rules.ts';
import { sameWrittenKeys } from './same-keys.ts';
import { readService } from './services.ts';
import type { Part } from './shape.ts';
import type { Expectation, Service, Topology, TopologyInterface, Tunnel } from './topology.ts';
import { readTunnel } from './tunnels.ts';

export type { Source } from './document.ts';

export interface Reading {
  /** Present when there are no errors; warnings may be there beside it. */
  readonly topology?: Topology;
  readonly problems: readonly Problem[];
}

/** Several sources describe one instance together: lists are joined, scalars must agree. */
export async function readTopology(sources: readonly Source[]): Promise<Reading> {
  const complaints = createComplaints();
  if (sources.length === 0)
    complaints.add(problem('file-empty', 'there is no topology to read', { hint: 'name a file with -f' }));
  const heads: Part[] = [];
  for (const source of sources) {
    const document = await loadSource(source, complaints);
    if (document) heads.push(headPart(document, complaints));
    const unfilled = fillInProblem(source);
    if (unfilled) complaints.add(unfilled);
  }
  // A file that could not be read may hold what the others miss: its own problems are enough.
  if (heads.length < sources.length || !isSome(heads)) return { problems: sortProblems(complaints.list()) };

  if (describeSeveral(heads)) return { problems: sortProblems(complaints.list()) };
  const head = readHead(heads);
  const lists = { interfaces: [] as Part[], tunnels: [] as Part[], services: [] as Part[], expect: [] as Part[] };
  const interfaces: TopologyInterface[] = [];
  const tunnels: Tunnel[] = [];
  const services: Service[] = [];
  for (const whole of heads) {
    for (const part of partsOf(whole, 'interfaces', 'interface')) {
      lists.interfaces.push(part);
      keep(interfaces, readInterface(part, head.role, head.flags));
    }
    const { directory } = whole.document.source;
    const resolvePath = (path: string) => (isAbsolute(path) ? path : join(directory, path));
    for (const part of partsOf(whole, 'tunnels', 'tunnel')) {
      lists.tunnels.push(part);
      keep(tunnels, readTunnel(part, head.role, resolvePath));
    }
    for (const part of partsOf(whole, 'services', 'service')) {
      lists.services.push(part);
      keep(services, readService(part, head.role, resolvePath));
    }
    lists.expect.push(...partsOf(whole, 'expect', 'expectation'));
  }
  checkInterfaces(lists.interfaces);
  checkTunnels(lists.tunnels);
  checkServices(lists.services, lists.tunnels, head.role);
  const expectations = await readExpectations(lists);

  const problems = sortProblems(complaints.list());
  if (hasErrors(problems) || head.name === undefined || !head.role) return { problems };
  const topology: Topology = {
    name: head.name,
    id: head.id,
    role: head.role,
    interfaces: interfaces.sort((a, b) => (a.name < b.name ? -1 : 1)),
    flags: head.flags,
    tunnels: tunnels.sort((a, b) => a.id - b.id),
    services: services.sort((a, b) => a.group - b.group || a.id - b.id),
    leftOut: (['tunnels', 'services'] as const).filter((list) => heads.every(({ value }) => !(list in value))),
    expectations,
    sourceDigest: digestOf(sources),
    place: head.place,
  };
  const sameKeys = sameWrittenKeys(topology);
  for (const one of sameKeys) complaints.add(one);
  return sameKeys.length > 0 ? { problems: sortProblems(complaints.list()) } : { topology, problems };
}

/** Few files have them: who has none does not wait for the words of packets to be loaded. */
async function readExpectations(lists: Defined & { readonly expect: readonly Part[] }): Promise<Expectation[]> {
  const expectations: Expectation[] = [];
  if (lists.expect.length === 0) return expectations;
  const { readExpectation } = await import('./expectations.ts');
  for (const part of lists.expect) if (!part.complaints.isFull()) keep(expectations, readExpectation(part, lists));
  return expectations;
}

/** The items of one list of one file. Stops early when there are problems enough. */
function* partsOf(whole: Part, list: string, kind: ItemKind): Generator<Part> {
  const values = whole.value[list];
  if (!Array.isArray(values)) return;
  const { document, complaints } = whole;
  const nodes = children(document, resolved(document, findField(document, rootNode, [list]).value));
  for (const [index, value] of values.entries()) {
    if (complaints.isFull()) return;
    const part = partOf(kind, document, nodes[index] ?? rootNode, value, complaints);
    if (part) yield part;
  }
}

function isSome<Value>(values: readonly Value[]): values is readonly [Value, ...Value[]] {
  return values.length > 0;
}

function keep<Value>(values: Value[], value: Value | undefined): void {
  if (value !== undefined) values.push(value);
}

/** One text: its own SHA-256, as sha256sum prints it. Several: joined by a zero byte, which no YAML contains. */
function digestOf(sources: readonly Source[]): Uint8Array {
  const hash = createHash('sha256');
  for (const [index, { text }] of sources.entries()) hash.update(index === 0 ? '' : '\0').update(text);
  return Uint8Array.from(hash.digest());
}
