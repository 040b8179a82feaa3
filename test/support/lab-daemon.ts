// The daemon on a host of the lab, as a process of its own.
import type { Lab } from './lab.ts';
import type { Running } from './lab-process.ts';
import { type Gateway, type Node, type Parts, topologyText } from './lab-topology.ts';

/** `trueingress watch` of these parts; resolves when it has reconciled once. */
export async function startWatch(
  lab: Lab,
  host: Gateway | Node,
  parts: Parts,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const file = lab.write(`${host}-watched.yaml`, topologyText(lab, host, parts));
  return await watchFile(lab, host, file, env);
}

export async function watchFile(
  lab: Lab,
  host: Gateway | Node,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const words = lab.commandLine(['watch', '-f', file, '--log-format', 'text', '--log-level', 'debug']);
  const daemon = lab.spawn(host, words, { env: { ...lab.environment, ...env } });
  await Promise.race([daemon.says(' reconciled: ', 20_000), daemon.says(' unchanged: ', 20_000)]);
  return daemon;
}
