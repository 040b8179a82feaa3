// What takes longer than a second is told to whoever watches a terminal.
import type { PhaseName } from '../reconcile/apply.ts';
import type { Invocation } from './command.ts';

const words: Readonly<Record<PhaseName, string>> = {
  settle: 'finishing an interrupted switch',
  stage: 'staging',
  probe: 'probing',
  activate: 'activating',
  verify: 'verifying',
  forget: 'tidying up',
};

const patienceNs = 1_000_000_000n;

/** Phases run without a pause in between, so each can be told only when it begins. */
export function startProgress({ environment, talk }: Invocation): (phase: PhaseName) => void {
  const wait = startWaiting({ environment, talk });
  return (phase) => wait(`${words[phase]} …`);
}

/** For work of many like steps: how far it is, once a second at most, from the second second on. */
export function startCounting({
  environment,
  talk,
}: Pick<Invocation, 'environment' | 'talk'>): (text: () => string) => void {
  if (!environment.stderr.isTerminal) return () => {};
  let told = environment.monotonicNs();
  return (text) => {
    const now = environment.monotonicNs();
    if (now - told <= patienceNs) return;
    told = now;
    talk.progress(text());
  };
}

/** The returned function tells its text when more than a second has gone by since. */
export function startWaiting({ environment, talk }: Pick<Invocation, 'environment' | 'talk'>): (text: string) => void {
  const start = environment.monotonicNs();
  return (text) => {
    if (environment.monotonicNs() - start > patienceNs) talk.progress(text);
  };
}
