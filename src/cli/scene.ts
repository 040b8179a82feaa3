// What `trace` and `why` look at: with -f a file that nobody runs, otherwise what is live.
import type { Host } from '../datapath/port.ts';
import { hasErrors, type Problem } from '../problem.ts';
import { fileScene, liveScene, type Scene } from '../reconcile/trace/scene.ts';
import { appliedTopology } from './applied-topology.ts';
import { type Answer, failure, type Invocation } from './command.ts';
import { readDesired } from './desired.ts';
import { withInstance, withKernel } from './kernel.ts';

/** `host`: undefined where a file is looked at, which need not be this host's. */
export type SceneWork = (scene: Scene, host: Host | undefined, problems: readonly Problem[]) => Promise<Answer>;

export async function withScene(invocation: Invocation, work: SceneWork): Promise<Answer> {
  if (invocation.options.file.length > 0) return await withFile(invocation, work);
  return await withInstance(invocation, async ({ datapath, host }, observation) => {
    const applied = await appliedTopology(invocation, observation);
    const scene = liveScene(datapath, host, observation, applied);
    return 'code' in scene ? failure([scene]) : await work(scene, host, []);
  });
}

async function withFile(invocation: Invocation, work: SceneWork): Promise<Answer> {
  const read = await readDesired(invocation);
  if ('failed' in read) return failure(read.failed);
  return await withKernel(invocation, async ({ datapath }) => {
    const { scene, problems } = fileScene(datapath, read.value);
    const all = [...read.problems, ...problems];
    return hasErrors(all) ? failure(all) : await work(scene, undefined, all);
  });
}
