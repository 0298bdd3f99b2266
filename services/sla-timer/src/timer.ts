import { Heap } from 'heap-js';
import type { Due } from './deadline-store.ts';

export interface TimerOptions {
  /** Epoch milliseconds by the database's clock. */
  now(): number;
  /** Deadlines in [from, to), earliest first, at most `limit`. */
  load(from: number, to: number, limit: number): Promise<Due[]>;
  /** Looks at these tickets now. What could not be looked at comes back as rejected ids. */
  fire(dues: Due[]): Promise<void>;
  onError(error: unknown): void;
}

export interface Timer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Deadlines that were just kept: those within the window join it, an earlier one wakes the timer. */
  add(dues: Due[]): void;
  /** Looks again at everything overdue: what was lost on the way costs time, never a breach. */
  sweep(): Promise<void>;
  readonly waiting: number;
}

/** How far ahead deadlines are held in memory, and how often the window moves on. */
const windowMilliseconds = 5_000;
const slideMilliseconds = 1_000;
const pageSize = 5_000;
const batchSize = 500;
/** `setTimeout` fires at once beyond this. */
const longestTimeout = 2 ** 31 - 1;

/**
 * Fires deadlines within milliseconds of their instant: those of the next seconds lie in a heap, one `setTimeout`
 * stands on the earliest, and an earlier one moves it. Nothing is ever removed from the heap: who is fired decides
 * against the whole history, so a deadline that has moved or gone finds nothing to say.
 */
export function createTimer({ now, load, fire, onError }: TimerOptions): Timer {
  const heap = new Heap<Due>((a, b) => a.dueAt - b.dueAt);
  let loadedTo = 0;
  let gate: NodeJS.Timeout | undefined;
  let slide: NodeJS.Timeout | undefined;
  let firing: Promise<void> | null = null;
  let stopped = false;

  function arm(): void {
    clearTimeout(gate);
    const next = heap.peek();
    if (stopped || firing !== null || next === undefined) return;
    // It may ring more than a millisecond early: `ring` looks at the clock again.
    gate = setTimeout(ring, Math.min(longestTimeout, Math.max(0, next.dueAt - now())));
  }

  function ring(): void {
    const instant = now();
    const dues: Due[] = [];
    while (dues.length < batchSize) {
      const next = heap.peek();
      if (next === undefined || next.dueAt > instant) break;
      dues.push(next);
      heap.pop();
    }
    if (dues.length === 0) return arm();
    firing = fire(dues)
      .catch(onError)
      .finally(() => {
        firing = null;
        arm();
      });
  }

  /** Everything in [from, to) joins the heap, page by page: the memory stays bounded by what is due soon. */
  async function loadRange(from: number, to: number): Promise<void> {
    let begin = from;
    for (;;) {
      const page = await load(begin, to, pageSize);
      const last = page[page.length - 1];
      for (const due of page) heap.push(due);
      arm();
      if (last === undefined || page.length < pageSize || stopped) return;
      // Ties at the edge of a page are read twice; deciding twice harms nobody.
      begin = last.dueAt === begin ? begin + 1 : last.dueAt;
      while (heap.size() > pageSize && !stopped && (heap.peek()?.dueAt ?? 0) <= now()) await pause();
    }
  }

  async function slideWindow(): Promise<void> {
    try {
      const to = now() + windowMilliseconds;
      if (to > loadedTo) {
        const from = loadedTo;
        // Before the query: what is added meanwhile must not fall between the two.
        loadedTo = to;
        await loadRange(from, to).catch((error) => {
          loadedTo = from;
          throw error;
        });
      }
    } catch (error) {
      onError(error);
    } finally {
      if (!stopped) slide = setTimeout(() => void slideWindow(), slideMilliseconds);
    }
  }

  return {
    start: () => slideWindow(),
    async stop() {
      stopped = true;
      clearTimeout(gate);
      clearTimeout(slide);
      await firing;
    },
    add(dues) {
      let earlier = false;
      for (const due of dues) {
        if (due.dueAt >= loadedTo) continue;
        earlier ||= due.dueAt < (heap.peek()?.dueAt ?? Number.POSITIVE_INFINITY);
        heap.push(due);
      }
      if (earlier) arm();
    },
    sweep: () => loadRange(0, now() - slideMilliseconds),
    get waiting() {
      return heap.size();
    },
  };
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
