// Log lines: levels, formats, what repeats itself, and that no key is ever in one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Level, openLogger } from '../../../src/cli/logger.ts';
import type { Problem } from '../../../src/problem.ts';
import { readTopology } from '../../../src/topology/read.ts';
import { createDaemonLog, type DaemonEvent, eventKinds, type RunRecord } from '../../../src/watch/state.ts';
import { gatewayText } from './harness.ts';

const run: RunRecord = {
  reason: 'file',
  result: 'converged',
  good: 'converged',
  exitCode: 0,
  timeMs: 1_700_000_000_000,
  ms: 12.5,
  changes: { add: 1, change: 0, delete: 0, hooks: 2 },
  driftRows: 0,
  generation: 3,
  phases: [{ name: 'stage', ms: 4 }],
  problems: [],
};

const warning: Problem = { code: 'strict-rp-filter', severity: 'warning', message: 'rp_filter is strict on eth0' };

function logged(format: 'text' | 'json', level: Level, isJournal = false) {
  let text = '';
  const output = {
    isTerminal: false,
    isJournal,
    write(line: string) {
      text += line;
    },
  };
  const logger = openLogger({ level, format, output });
  const log = createDaemonLog('epic-1', ['gateway.yaml'], () => 1_700_000_000_000);
  log.follow((event) => logger.log(event, log.state.instance));
  return { log, logger, text: () => text, lines: () => text.trimEnd().split('\n') };
}

describe('the log', () => {
  test('has one JSON object a line, with the fields of its event', () => {
    const { log, lines } = logged('json', 'info');
    log.tell('held', 'the file is broken', [warning]);
    expect(lines().map((line) => JSON.parse(line))).toEqual([
      {
        level: 'error',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        event: 'held',
        number: 1,
        instance: 'epic-1',
        problems: [warning],
        msg: 'the file is broken',
      },
    ]);
  });

  test('has plain lines for people, problems below', () => {
    const { log, text } = logged('text', 'info');
    log.tell('held', 'the file\u001b[31m is broken', [{ ...warning, sourceLine: 'key: abc' }]);
    expect(text()).toBe(
      '22:13:20.000 error epic-1 held: the file\ufffd[31m is broken\n  warning[strict-rp-filter]: rp_filter is strict on eth0\n',
    );
  });

  test.each(['text', 'json'] as const)('gives each line of %s its priority in the journal', (format) => {
    const { log, logger, lines } = logged(format, 'debug', true);
    log.tell('held', 'the file is broken', [warning]);
    log.tell('drift', 'put back');
    log.tell('started', 'following');
    logger.run(run, 'epic-1');
    const priorities = lines().map((line) => /^<(\d)>(?=\S| )/.exec(line)?.[1]);
    expect(priorities).toEqual([...(format === 'text' ? ['3', '3'] : ['3']), '4', '6', '7']);
  });

  test.each<[Level, number]>([
    ['error', 2],
    ['warn', 6],
    ['info', 13],
    ['debug', 16],
  ])('at level %s has the events of that weight', (level, count) => {
    for (const format of ['text', 'json'] as const) {
      const { log, lines } = logged(format, level);
      for (const kind of eventKinds) log.tell(kind, kind);
      expect(lines()).toHaveLength(count);
    }
  });

  test('has a run with its phases at debug, and at no other level', () => {
    for (const format of ['text', 'json'] as const) {
      const [debug, info] = [logged(format, 'debug'), logged(format, 'info')];
      for (const { logger } of [debug, info]) logger.run(run, 'epic-1');
      expect(debug.text()).toContain('file: converged in 13 ms, stage 4.0 ms');
      expect(info.text()).toBe('');
    }
  });

  test('has what repeats itself once, and again at debug', () => {
    const [info, debug] = [logged('text', 'info'), logged('text', 'debug')];
    for (const { log } of [info, debug]) for (let i = 0; i < 5; i++) log.tell('held', 'the file is broken');
    expect(info.lines()).toHaveLength(1);
    expect(debug.lines()).toHaveLength(5);
  });

  test('has no key, whatever is in the problems, the file and its keys', async () => {
    const keyText = fc.stringMatching(/^[A-Za-z0-9!@$%^&()_+=.,-]{8,16}$/);
    const damage = fc.array(fc.record({ at: fc.nat(), cut: fc.nat(20), add: fc.string({ maxLength: 8 }) }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(keyText, damage, async (key, wounds) => {
        // Words of ours are in every line: a key that is one of them proves nothing.
        fc.pre(!gatewayText.includes(key));
        const other = JSON.stringify(`${key}x`.slice(-16));
        let text = gatewayText.replace('Pa55w0rd1234567', key).replace('other-key', other);
        for (const { at, cut, add } of wounds) {
          // Anywhere but in the lines of the keys: what is written where a tunnel belongs is no key any more, and is quoted.
          const from = at % text.length;
          const wounded = text.slice(0, from) + add + text.slice(from + cut);
          if ([key, other].every((one) => wounded.includes(`\n    key: ${one}\n`))) text = wounded;
        }
        const { problems } = await readTopology([{ file: 'gateway.yaml', directory: '.', text }]);
        const hostile = problems.map((one) => ({ ...one, sourceLine: `key: ${key}`, key, text, keys: [key] }));
        for (const format of ['text', 'json'] as const) {
          const { log, logger, text: written } = logged(format, 'debug');
          log.tell('held', 'the file is broken', hostile);
          logger.run({ ...run, problems: hostile }, 'epic-1');
          expect(written()).not.toContain(key);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('events that are kept', () => {
  const kept = (tell: (log: ReturnType<typeof createDaemonLog>) => void): readonly DaemonEvent[] => {
    let now = 0;
    const log = createDaemonLog('epic-1', [], () => ++now);
    tell(log);
    return log.events(Number.POSITIVE_INFINITY);
  };

  test('are one where a run ends as the run before, with pings in between', () => {
    const events = kept((log) => {
      for (let i = 0; i < 3; i++) {
        log.tell('unchanged', 'as the file says');
        log.tell('pinged', 'gateway');
      }
    });
    expect(events.map(({ kind, times, number }) => [kind, times, number])).toEqual([
      ['unchanged', 3, 1],
      ['pinged', 3, 2],
    ]);
    expect(events[0]).toMatchObject({ timeMs: 2, lastMs: 6 });
  });

  test('are two where anything else happened in between, or a problem is another one', () => {
    const events = kept((log) => {
      log.tell('held', 'broken');
      log.tell('file-changed', 'files have changed');
      log.tell('held', 'broken');
      log.tell('held', 'broken', [warning]);
      log.tell('reconciled', 'generation 2');
      log.tell('reconciled', 'generation 2');
    });
    expect(events.map(({ times }) => times)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('are the last thousand, numbered from the first that ever was', () => {
    const events = kept((log) => {
      for (let i = 0; i < 1500; i++) log.tell('interface', String(i));
      log.tell('unchanged', 'as the file says');
      log.tell('unchanged', 'as the file says');
    });
    expect(events).toHaveLength(1000);
    expect(events.at(-1)).toMatchObject({ number: 1501, times: 2 });
    expect(events[0]?.number).toBe(502);
  });
});
