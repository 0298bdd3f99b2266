import type { RecordedEvent } from '../../port.ts';

/** Runs one piece of work at a time; events that arrive meanwhile from several partitions are applied together. */
export interface BatchingQueue<Result> {
  /** Settles with the result of the batch in which these events were applied. */
  apply(events: RecordedEvent[]): Promise<Result>;
  /** Runs other work, never at the same time as a batch. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Settles when no work is running. */
  idle(): Promise<void>;
}

export interface BatchingOptions<Result> {
  batchSize: number;
  /** How long the first events wait for more, in milliseconds. */
  debounce: number;
  apply(events: RecordedEvent[]): Promise<Result>;
}

interface Waiting<Result> {
  events: RecordedEvent[];
  settle(outcome: Promise<Result>): void;
}

export function createBatchingQueue<Result>({
  batchSize,
  debounce,
  apply,
}: BatchingOptions<Result>): BatchingQueue<Result> {
  const waiting: Waiting<Result>[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let isGathering = false;

  function run<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  }

  async function gather(): Promise<void> {
    // A fetch brings several partitions in one turn: also without a debounce they are one batch.
    await new Promise((resolve) => (debounce > 0 ? setTimeout(resolve, debounce) : setImmediate(resolve)));
    isGathering = false;
    const taken: Waiting<Result>[] = [];
    let count = 0;
    while (waiting[0] !== undefined && (count === 0 || count + waiting[0].events.length <= batchSize)) {
      const next = waiting.shift() as Waiting<Result>;
      count += next.events.length;
      taken.push(next);
    }
    if (waiting.length > 0) askForMore();
    if (taken.length === 0) return;
    const outcome = apply(taken.flatMap(({ events }) => events));
    for (const { settle } of taken) settle(outcome);
    await outcome.catch(() => {});
  }

  function askForMore(): void {
    if (isGathering) return;
    isGathering = true;
    void run(gather);
  }

  return {
    apply: (events) =>
      new Promise((resolve) => {
        waiting.push({ events, settle: resolve });
        askForMore();
      }),
    run,
    idle: async () => {
      await run(async () => {});
    },
  };
}
