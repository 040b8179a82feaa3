// doctor: what stands in the way on this host, and what to do about it. Reads only.
import type { Datapath, Host, Observation } from '../../datapath/port.ts';
import type { Check } from '../../doctor/check.ts';
import { isHealthy } from '../../doctor/check.ts';
import type { MachineFacts } from '../../doctor/facts.ts';
import { examineMachine } from '../../doctor/machine.ts';
import { examineNetwork } from '../../doctor/network.ts';
import { KernelError, type Problem, Refusal } from '../../problem.ts';
import { asProblem } from '../../reconcile/apply.ts';
import { epochWarnings } from '../../reconcile/epoch-warnings.ts';
import { ingest } from '../../reconcile/ingest.ts';
import { resolveInterfaces } from '../../reconcile/interfaces.ts';
import { pathMtus } from '../../reconcile/path-mtu.ts';
import { assignmentsIn } from '../../reconcile/plan.ts';
import { readLive } from '../../reconcile/verify.ts';
import { hostWarnings } from '../../reconcile/warnings.ts';
import { doctorFields, doctorText, type Examined } from '../../report/doctor.ts';
import type { Topology } from '../../topology/topology.ts';
import { daemonOf } from '../beside-daemon.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readDesired } from '../desired.ts';
import { exitCodes } from '../exit.ts';
import { knownInterfaces } from '../kernel.ts';

const usualBpffs = '/sys/fs/bpf';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const read = options.file.length ? await readDesired(invocation) : undefined;
  if (read && 'failed' in read) return failure(read.failed);
  const opened = await open(invocation);
  try {
    const gathered = await environment.machineFacts(options.bpffs ?? usualBpffs);
    const facts: MachineFacts = {
      ...gathered,
      hasTcx: 'host' in opened ? opened.host.hasTcx() : undefined,
      refused: 'refused' in opened ? opened.refused : undefined,
      nowNs: environment.realtimeNs(),
    };
    const examined: Examined[] = [{ about: 'this machine', checks: examineMachine(facts) }];
    if ('host' in opened)
      for (const topology of read ? [read.value] : liveTopologies(opened, options.instance))
        examined.push({ about: topology.name, checks: await examineOne(invocation, opened, topology) });
    const healthy = isHealthy(examined.flatMap(({ checks }) => checks));
    return {
      kind: 'Doctor',
      exitCode: healthy ? exitCodes.done : exitCodes.different,
      problems: read?.problems ?? [],
      fields: () => doctorFields(examined),
      text: (style) => doctorText(examined, style),
    };
  } finally {
    if ('datapath' in opened) opened.datapath.close();
  }
}

interface Opened {
  readonly datapath: Datapath;
  readonly host: Host;
}

/** What keeps the datapath shut is a finding here, and not the end. */
async function open({ options, environment }: Invocation): Promise<Opened | { readonly refused: Problem }> {
  const { bpffs, netns, runDir: runDirectory } = options;
  try {
    const datapath = await environment.openDatapath({ bpffs, netns, runDirectory });
    return { datapath, host: await environment.openHost() };
  } catch (error) {
    if (error instanceof Refusal && error.problem.code !== 'usage') return { refused: error.problem };
    if (error instanceof KernelError) return { refused: asProblem(error) };
    throw error;
  }
}

/** Of this network namespace. */
function liveTopologies({ datapath, host }: Opened, only: string | undefined): Topology[] {
  const nameOf = knownInterfaces(host);
  return datapath
    .instances()
    .filter((name) => only === undefined || name === only)
    .flatMap((name) => {
      const observation = datapath.observe(name);
      const rows = isElsewhere(observation) ? undefined : readLive(datapath, observation);
      return rows ? [ingest(name, rows, nameOf).topology] : [];
    });
}

function isElsewhere({ problems }: Observation): boolean {
  return problems.some(({ code }) => code === 'instance-elsewhere');
}

async function examineOne(
  { environment, options }: Invocation,
  { datapath, host }: Opened,
  topology: Topology,
): Promise<Check[]> {
  const here = host.interfaces();
  const { interfaces, problems } = resolveInterfaces(
    topology,
    here,
    topology.interfaces.length ? undefined : host.defaultRouteInterface(),
  );
  const observation = datapath.observe(topology.name);
  const rows = readLive(datapath, observation);
  const { programs, ...facts } = await environment.networkFacts({
    interfaces: interfaces.map(({ name }) => name),
    remotes: topology.tunnels.flatMap(({ remote }) => (remote === 'learned' ? [] : [remote.ip])),
  });
  const daemon = await daemonOf(options, topology.name);
  const own = new Set(observation.hooks.map(({ programId }) => programId));
  return examineNetwork({
    topology,
    interfaces,
    here,
    facts: { ...facts, programs: programs.map((one) => ({ ...one, isOwn: own.has(one.id) })) },
    daemon: daemon === 'none' || daemon === 'unknown' ? daemon : 'runs',
    problems: [
      ...problems,
      ...hostWarnings(topology, interfaces, host, pathMtus(topology, interfaces, host)),
      ...epochWarnings(topology, assignmentsIn(rows, observation).tunnels, environment.realtimeNs()),
    ],
  });
}
