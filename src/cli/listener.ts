// Listens to events until somebody has had enough: renews the word in CAPTURE, reads the ring, follows what applies change.
// Shows nothing itself: what matches is handed on, and what is on its way out decides how fast it goes.
import type { Datapath, EventReader, Observation } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { type EventFilter, matches, verdictBits } from '../reconcile/event-filter.ts';
import { type Event, type EventNames, namesVersion, readEvent, readEventNames } from '../reconcile/events.ts';
import type { Environment, Sink } from './environment.ts';

export interface ListenOptions {
  readonly filter: Omit<EventFilter, 'hooks'>;
  /** Names; empty: those with the flag `dump`, or all if none has it. */
  readonly interfaces: readonly string[];
  /** On each CPU. */
  readonly perSecond: number;
  readonly count: number | undefined;
  readonly forMs: number | undefined;
  /** Where what is shown goes: nothing more is read while it is full. */
  readonly sink: Sink;
  show(event: Event): void;
  /** Programs tell from now on. */
  begin(): void;
  /** Once a second, with the number of events that were left out meanwhile, and whether there was no room for them. */
  tick(leftOut: number, ringFull: boolean): void;
}

export interface Heard {
  readonly shown: number;
  /** Told by programs, and not asked for. */
  readonly filtered: number;
  /** Not told: more than the rate, or no room. */
  readonly leftOut: number;
  /** Whether some were left out because they were not read fast enough. */
  readonly ringFull: boolean;
  /** Why it ended before anybody wanted it to. */
  readonly problems: readonly Problem[];
}

/** The word is given for this long, and given again each second: who is killed is not listened for any longer. */
const wordNs = 2_000_000_000n;
const tickNs = 1_000_000_000n;
const batch = 1024;
/** How long what is on its way out may take after a signal. */
const stoppedMs = 1000;
/** Until the next look into the ring, and until the output may have room. */
const pauseMs = { idle: 10, busy: 0, full: 5 } as const;

export async function listen(
  environment: Environment,
  datapath: Datapath,
  observation: Observation,
  options: ListenOptions,
): Promise<Heard> {
  const reader = datapath.openEvents(observation.instance);
  const stop = environment.catchStop();
  const listening = new Listening(environment, datapath, observation, reader, options);
  let isStopped = false;
  try {
    listening.keepWord();
    options.begin();
    while (!isStopped && !listening.isOver()) {
      isStopped = (await stop.pause(listening.step())) === 'stopped';
      listening.keepWord();
    }
    listening.finish();
  } finally {
    reader.close();
    stop.release();
  }
  await drain(options.sink, isStopped);
  return listening.heard;
}

/** Whoever stopped it does not wait for a reader that takes its time; otherwise signals end the process again. */
async function drain(sink: Sink, isStopped: boolean): Promise<void> {
  for (let waitedMs = 0; sink.flush() === 'waiting'; waitedMs += pauseMs.full) {
    if (isStopped && waitedMs > stoppedMs) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs.full));
  }
}

class Listening {
  readonly #environment: Environment;
  readonly #datapath: Datapath;
  readonly #reader: EventReader;
  readonly #options: ListenOptions;
  readonly #instance: string;
  readonly #endNs: bigint | undefined;
  #names: EventNames;
  #filter: EventFilter;
  #nextTickNs = 0n;
  #isFirst = true;
  #isGone = false;
  #shown = 0;
  #filtered = 0;
  #leftOut = 0;
  #leftOutSinceTick = 0;
  #ringFull = false;
  #problems: Problem[] = [];

  constructor(
    environment: Environment,
    datapath: Datapath,
    observation: Observation,
    reader: EventReader,
    options: ListenOptions,
  ) {
    this.#environment = environment;
    this.#datapath = datapath;
    this.#reader = reader;
    this.#options = options;
    this.#instance = observation.instance;
    this.#names = readEventNames(datapath, observation);
    this.#filter = { ...options.filter, hooks: this.#hooks(observation) };
    const { forMs } = options;
    this.#endNs = forMs === undefined ? undefined : environment.monotonicNs() + BigInt(forMs) * 1_000_000n;
  }

  get heard(): Heard {
    return {
      shown: this.#shown,
      filtered: this.#filtered,
      leftOut: this.#leftOut,
      ringFull: this.#ringFull,
      problems: this.#problems,
    };
  }

  isOver(): boolean {
    return (
      this.#isGone ||
      this.#hasEnough() ||
      this.#problems.length > 0 ||
      (this.#endNs !== undefined && this.#environment.monotonicNs() >= this.#endNs)
    );
  }

  #hasEnough(): boolean {
    return this.#options.count !== undefined && this.#shown >= this.#options.count;
  }

  /** Once a second: the word, and what has changed meanwhile. */
  keepWord(): void {
    const now = this.#environment.monotonicNs();
    if (now < this.#nextTickNs) return;
    this.#nextTickNs = now + tickNs;
    const { perSecond } = this.#options;
    this.#reader.listen({ untilNs: now + wordNs, perSecond, verdicts: verdictBits(this.#filter) });
    this.#options.tick(this.#leftOutSinceTick, this.#ringFull);
    this.#leftOutSinceTick = 0;
    if (!this.#isFirst) this.#lookAgain();
    this.#isFirst = false;
  }

  #lookAgain(): void {
    const observation = this.#datapath.observe(this.#instance);
    if (observation.learned?.ids.event !== this.#reader.id) {
      const hint = 'start again, if it was applied anew';
      this.#problems.push(problem('no-instance', `instance "${this.#instance}" was removed meanwhile`, { hint }));
      return;
    }
    if (namesVersion(observation) === this.#names.version) return;
    this.#names = readEventNames(this.#datapath, observation);
    this.#filter = { ...this.#filter, hooks: this.#hooks(observation) };
  }

  #hooks(observation: Observation): EventFilter['hooks'] {
    const { interfaces } = this.#options;
    if (interfaces.length === 0) return this.#names.flagged.length ? this.#names.flagged : 'all';
    return observation.hooks.filter(({ interfaceName }) => interfaces.includes(interfaceName));
  }

  /** Reads as much as the output takes. Returns how many milliseconds to wait before the next step. */
  step(): number {
    const state = this.#options.sink.flush();
    this.#isGone = state === 'gone';
    if (state === 'waiting') this.#ringFull ||= this.#reader.isFull();
    if (state !== 'empty') return pauseMs.full;
    this.#ringFull ||= this.#reader.isFull();
    return this.#read(batch) > 0 ? pauseMs.busy : pauseMs.idle;
  }

  /** What was told before the end is shown. */
  finish(): void {
    this.#reader.listen({ untilNs: 0n, perSecond: 0, verdicts: 0n });
    while (!this.#hasEnough() && this.#read(batch) > 0);
    this.#leftOut += this.#reader.leftOut();
  }

  #read(atMost: number): number {
    return this.#reader.read((record) => {
      const event = readEvent(record, this.#names);
      if (!event) return;
      this.#leftOut += event.suppressed;
      this.#leftOutSinceTick += event.suppressed;
      if (this.#hasEnough()) return;
      if (matches(this.#filter, event)) {
        this.#shown++;
        this.#options.show(event);
      } else this.#filtered++;
    }, atMost);
  }
}
