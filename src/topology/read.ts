// Texts become a topology, or all their problems. Pure: what is read comes as values, keys are references until keys.ts.
// The rooms behind: load (text → document), head, items, rules; shape and values say what is wrong with a field.
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { hasErrors, type Problem, problem } from '../problem.ts';
import { createComplaints } from './complaints.ts';
import { children, findField, resolved, rootNode, type Source } from './document.ts';
import { headPart, readHead } from './head.ts';
import { type ItemKind, partOf, readInterface, readService, readTunnel } from './items.ts';
import { loadSource } from './load.ts';
import { checkInterfaces, checkServices, checkTunnels, type Read } from './rules.ts';
import type { Part } from './shape.ts';
import type { Service, Topology, TopologyInterface, Tunnel } from './topology.ts';

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
  }
  // A file that could not be read may hold what the others miss: its own problems are enough.
  if (heads.length < sources.length || heads.length === 0) return { problems: complaints.list() };

  const head = readHead(heads);
  const role = head?.role;
  const interfaces: Read<TopologyInterface>[] = [];
  const tunnels: Read<Tunnel>[] = [];
  const services: Read<Service>[] = [];
  const definedTunnels = new Set<number>();
  for (const whole of heads) {
    for (const part of partsOf(whole, 'interfaces', 'interface')) {
      const value = head && readInterface(part, role ?? 'node', head.flags);
      if (value) interfaces.push({ part, value });
    }
    for (const part of partsOf(whole, 'tunnels', 'tunnel')) {
      if (typeof part.value.id === 'number') definedTunnels.add(part.value.id);
      const value = readTunnel(part, role);
      if (value) tunnels.push({ part, value });
    }
    const { directory } = whole.document.source;
    const resolvePath = (path: string) => (isAbsolute(path) ? path : join(directory, path));
    for (const part of partsOf(whole, 'services', 'service')) {
      const value = readService(part, role, resolvePath);
      if (value) services.push({ part, value });
    }
  }
  checkInterfaces(interfaces);
  checkTunnels(tunnels);
  checkServices(services, definedTunnels, role);

  const problems = complaints.list();
  if (hasErrors(problems) || !head?.name || !role) return { problems };
  const topology: Topology = {
    name: head.name,
    id: head.id,
    role,
    interfaces: valuesOf(interfaces).sort((a, b) => (a.name < b.name ? -1 : 1)),
    flags: head.flags,
    tunnels: valuesOf(tunnels).sort((a, b) => a.id - b.id),
    services: valuesOf(services).sort((a, b) => a.group - b.group || a.id - b.id),
    sourceDigest: digestOf(sources),
    place: head.place,
  };
  return { topology, problems };
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

function valuesOf<Value>(reads: readonly Read<Value>[]): Value[] {
  return reads.map(({ value }) => value);
}

/** One text: its own SHA-256, as sha256sum prints it. Several: joined by a zero byte, which no YAML contains. */
function digestOf(sources: readonly Source[]): Uint8Array {
  const hash = createHash('sha256');
  for (const [index, { text }] of sources.entries()) hash.update(index === 0 ? '' : '\0').update(text);
  return Uint8Array.from(hash.digest());
}
