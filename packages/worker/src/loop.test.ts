import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLoop, type Loop, type LoopOptions } from './loop.ts';

// The loop's own pauses come from `node:timers/promises`, which fake timers do not reach.
vi.mock('node:timers/promises', () => ({
  setTimeout: (milliseconds: number, value: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(value), milliseconds);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
}));

let turns: number[];
let loop: Loop;

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  turns = [];
});
afterEach(async () => {
  await loop.stop();
  vi.useRealTimers();
});

function start(options: Partial<LoopOptions>, wait = 0): Promise<void> {
  const { turn = async () => 1_000, ...others } = options;
  loop = createLoop({
    backOff: { first: 100, longest: 1_000 },
    onError: () => {},
    ...others,
    turn: async () => {
      turns.push(performance.now());
      return await turn();
    },
  });
  return loop.start(wait);
}

it('waits between turns as long as the last turn said', async () => {
  const waits = [10, 20];
  await start({ turn: async () => waits.shift() ?? 1_000 });
  await vi.advanceTimersByTimeAsync(500);
  expect(turns).toEqual([0, 10, 30]);
});

it('takes the next turn at once when it is woken, even when that happens during a turn', async () => {
  const busy = Promise.withResolvers<number>();
  void start({ turn: () => (turns.length === 2 ? busy.promise : Promise.resolve(1_000)) });
  await vi.advanceTimersByTimeAsync(50);
  loop.wake();
  await vi.advanceTimersByTimeAsync(50);
  loop.wake();
  busy.resolve(1_000);
  await vi.advanceTimersByTimeAsync(0);
  expect(turns).toEqual([0, 50, 100]);
});

it('takes the first turn after the wait that it was started with', async () => {
  void start({}, 300);
  await vi.advanceTimersByTimeAsync(299);
  expect(turns).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(turns).toEqual([300]);
});

it('gathers what arrives together into one turn', async () => {
  await start({ gather: () => 20 });
  loop.wake();
  await vi.advanceTimersByTimeAsync(19);
  expect(turns).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(turns).toEqual([0, 20]);
});

it('pauses longer after each failure, and reports the failures in a row and the recovery', async () => {
  const failures: number[] = [];
  const onRecovered = vi.fn();
  await start({
    turn: async () => {
      if (turns.length <= 3) throw new Error('no connection');
      return 10_000;
    },
    onError: (_, count) => failures.push(count),
    onRecovered,
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(failures).toEqual([1, 2, 3]);
  expect(onRecovered).toHaveBeenCalledTimes(1);
  const pauses = turns.slice(1).map((at, index) => at - (turns[index] ?? 0));
  for (const [index, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual((100 * 2 ** index) / 2);
    expect(pause).toBeLessThanOrEqual(100 * 2 ** index + 1);
  }
});

it('does not become a busy loop when wake-ups arrive while its turns fail', async () => {
  await start({
    turn: async () => {
      throw new Error('no connection');
    },
  });
  for (let millisecond = 0; millisecond < 1_000; millisecond += 1) {
    loop.wake();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(turns.length).toBeGreaterThan(10);
  expect(turns.length).toBeLessThanOrEqual(21);
});

it('ends a wait, a pause and a gathering when it is stopped, and waits for the turn in hand', async () => {
  for (const options of [
    {},
    { gather: () => 10_000 },
    {
      turn: async () => {
        throw new Error('no connection');
      },
    },
  ]) {
    await start(options);
    await loop.stop();
  }
  const busy = Promise.withResolvers<number>();
  void start({ turn: () => busy.promise });
  const ended = vi.fn();
  const stopping = loop.stop().then(ended);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ended).not.toHaveBeenCalled();
  busy.resolve(0);
  await stopping;
  expect(loop.stopping).toBe(true);
});
