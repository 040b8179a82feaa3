// rotate: the steps in which a key or a port is changed on both hosts, each tried on the texts first. Changes no host.
import { createHash } from 'node:crypto';
import { disagreements, type Host, type Played, play, standIns } from '../../ends/play.ts';
import { keyRotation, type NoRotation, portMove, type Step } from '../../ends/rotation.ts';
import type { Port } from '../../net/endpoint.ts';
import { hasErrors, type Problem, problem } from '../../problem.ts';
import { rotationFields, rotationText, stepFile } from '../../report/ends.ts';
import { createKeyDigest } from '../../topology/key-digest.ts';
import { resolveKeys } from '../../topology/keys.ts';
import type { Topology } from '../../topology/topology.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { readHosts } from '../hosts.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const read = await readHosts(invocation);
  if ('failed' in read) return failure(read.failed);
  const keysOf = (topology: Topology) => {
    const { keys } = resolveKeys(topology, environment.files, environment.variables);
    return standIns(topology, keys, (name) => createHash('sha256').update(name).digest().subarray(0, 16));
  };
  const hosts: Host[] = [];
  for (const { sources, end } of read.value) {
    const [source, ...others] = sources;
    if (!source || others.length > 0 || source.file === '-')
      return failure([usage(`${end.topology.name} is not one file`, 'rotate changes one file of each host')]);
    hosts.push({ source, end: { topology: end.topology, keys: keysOf(end.topology) } });
  }
  const fingerprint = createKeyDigest();
  const before = disagreements(
    hosts.map(({ end }) => end),
    fingerprint,
  );
  if (before.some(({ code }) => code === 'ends-role')) return failure(before);
  if (hasErrors(before)) return failure([...before, refused('the files do not agree as they are', 'mend that first')]);

  const steps = stepsFor(invocation, hosts);
  if ('code' in steps) return failure([steps]);
  if ('refusal' in steps) return failure([refused(steps.refusal, steps.hint)]);
  let played: readonly Played[];
  try {
    played = await play(hosts, steps, keysOf, fingerprint);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return failure([
      refused(error.message, 'write it out in its file: what is shared by an alias cannot be changed alone'),
    ]);
  }
  const stopping = played.findIndex(({ problems }) => problems.length > 0);
  if (stopping >= 0)
    return failure([
      ...(played[stopping]?.problems ?? []),
      refused(`after step ${stopping + 1} the files would not agree`, 'nothing was written'),
    ]);
  const unwritten = options.writeSteps ? await write(invocation, played) : undefined;
  if (unwritten) return failure([unwritten]);
  return {
    kind: 'Rotation',
    exitCode: exitCodes.done,
    problems: read.problems,
    fields: () => rotationFields(played, options.writeSteps),
    text: (style) => rotationText(played, options.writeSteps, style),
  };
}

function stepsFor({ options }: Invocation, hosts: readonly Host[]): readonly Step[] | NoRotation | Problem {
  const { service, key, tunnel, port } = options;
  if (key === 'unclear')
    return usage(
      '--key is neither file:PATH nor env:NAME',
      "a key itself is never written on a command line: it would be in the shell's history",
    );
  const ends = hosts.map(({ end }) => end);
  const of = (role: Topology['role']) => ends.filter(({ topology }) => topology.role === role);
  if (service.length > 0 && key && tunnel.length === 0 && port === undefined)
    return keyRotation(
      ends.map(({ topology }) => topology),
      service,
      key,
    );
  const [gateway] = of('gateway');
  const [node] = of('node');
  const [id] = tunnel;
  if (id === undefined || tunnel.length > 1 || port === undefined || service.length > 0 || key)
    return usage(
      'it was not said what to change',
      'a key: --service GROUP/ID --key file:PATH; a port: --tunnel ID --port NUMBER',
    );
  if (!gateway || !node || hosts.length > 2)
    return usage('a tunnel has two ends', 'give one file with -f and one with --peer');
  const end = hosts[0]?.end.topology.role ?? 'gateway';
  return portMove({ gateway, node }, { end, tunnel: id, port: port as Port });
}

/** What could not be written to its end (a full disk); undefined: all was. Throws Refusal where a file cannot be opened. */
async function write({ environment }: Invocation, played: readonly Played[]): Promise<Problem | undefined> {
  for (const [at, { after }] of played.entries()) {
    const path = stepFile(after, at + 1);
    const sink = await environment.openSink(path);
    try {
      sink.write(Buffer.from(after.text));
      sink.flush();
    } finally {
      sink.close();
    }
    if (sink.fault !== undefined)
      return problem('kernel-refused', `${path} could not be written to its end: ${sink.fault}`, {
        hint: 'it is not whole: apply none of these files',
      });
  }
  return undefined;
}

const usage = (message: string, hint: string): Problem => problem('usage', message, { hint });
const refused = (message: string, hint: string): Problem => problem('rotation-refused', message, { hint });
