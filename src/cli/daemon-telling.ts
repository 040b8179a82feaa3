// What the daemon's log says of a run: what changed and what is wrong, each once, however often it is found.
import type { Reason } from '../watch/loop.ts';
import { createNews } from '../watch/news.ts';
import type { DaemonLog, RunRecord } from '../watch/state.ts';
import type { Drifted, Reconciled } from './daemon-run.ts';

export interface Telling {
  tell(run: RunRecord, found: Pick<Reconciled, 'drift' | 'what'>): void;
}

export function createTelling(log: DaemonLog): Telling {
  const news = createNews();
  let before: RunRecord['result'] | undefined;
  return {
    tell(run, { drift, what }) {
      const { result, reason, problems, changes } = run;
      const fresh = news.of(problems);
      const wasConverged = before === 'converged';
      const isNew = before !== result || fresh.length > 0;
      before = result;
      const changed = changes ? changes.add + changes.change + changes.delete + changes.hooks : 0;
      if (drift !== undefined && result !== 'failed') {
        log.count('drifts');
        log.tell('drift', `generation ${run.generation}: ${driftText(drift)}`, result === 'held' ? [] : fresh);
        if (result === 'converged') return;
      }
      if (result !== 'converged') {
        const error = problems.find(({ severity }) => severity === 'error');
        if (isNew) log.tell(result, `${error?.message ?? 'nothing was changed'}; ${whatGoesOn(run)}`, fresh);
        return;
      }
      if (changed > 0)
        log.tell(
          'reconciled',
          `generation ${run.generation}: ${changesText(changes)}${because(reason)}${what === '' ? '' : `: ${what}`}`,
          fresh,
        );
      else if (wasConverged && fresh.length === 0) log.tell('unchanged', 'the host is as the file says');
      else log.tell('reconciled', `the host is as the file says, generation ${run.generation}`, fresh);
    },
  };
}

function driftText({ what, by }: Drifted): string {
  return by
    ? `put back what the files say: generation ${by.generation} was live, by ${by.command}: ${what}`
    : `repaired what somebody else had changed: ${what}`;
}

function whatGoesOn({ generation }: RunRecord): string {
  return generation === undefined || generation === 0 ? 'nothing was changed' : `generation ${generation} goes on`;
}

function changesText(changes: RunRecord['changes']): string {
  return `${changes?.add} added, ${changes?.change} changed, ${changes?.delete} deleted, ${changes?.hooks} hooks`;
}

function because(reason: Reason): string {
  return reason === 'interface' ? ' (interfaces have changed)' : '';
}
