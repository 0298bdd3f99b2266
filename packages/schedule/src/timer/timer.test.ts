import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Again, Due } from '../due.ts';
import { createTimer, type Timer } from './timer.ts';

let fired: Due[][];
let faults: unknown[];
let timer: Timer;
let respond: (dues: Due[]) => Promise<Again[]>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  fired = [];
  faults = [];
  respond = async () => [];
  timer = createTimer({
    now: () => Date.now(),
    fire: async (entries) => {
      const dues = entries.map((entry) => entry.due);
      fired.push(dues);
      return await respond(dues);
    },
    onError: (error) => faults.push(error),
  });
});
afterEach(async () => {
  await timer.stop();
  vi.useRealTimers();
});

const due = (after: number, key = `ticket-${after}`): Due => ({ key, dueAt: 1_000_000 + after });
const day = 86_400_000;

it('fires when the millisecond of a deadline is over, not within it', async () => {
  timer.offer([due(100)]);
  await vi.advanceTimersByTimeAsync(100);
  expect(fired).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(fired).toEqual([[due(100)]]);
});

it('sleeps longer than setTimeout can', async () => {
  timer.offer([due(60 * day)]);
  await vi.advanceTimersByTimeAsync(59 * day);
  expect(fired).toEqual([]);
  await vi.advanceTimersByTimeAsync(day + 1);
  expect(fired).toEqual([[due(60 * day)]]);
});

it('wakes for an earlier one, and fires together what has come due together', async () => {
  timer.offer([due(500)]);
  timer.offer([due(100, 'a'), due(100, 'b')]);
  await vi.advanceTimersByTimeAsync(101);
  expect(fired.map((dues) => dues.map(({ key }) => key).sort())).toEqual([['a', 'b']]);
});

it('takes one that is offered again only once, until it is forgotten or insisted on', async () => {
  timer.offer([due(10)]);
  timer.offer([due(10)]);
  timer.insist([due(10)]);
  await vi.advanceTimersByTimeAsync(11);
  timer.offer([due(10)]);
  await vi.advanceTimersByTimeAsync(10);
  expect(fired).toHaveLength(1);
  timer.insist([due(10)]);
  await vi.advanceTimersByTimeAsync(10);
  expect(fired).toHaveLength(2);
  timer.forget(1_000_011);
  timer.offer([due(10)]);
  await vi.advanceTimersByTimeAsync(10);
  expect(fired).toHaveLength(3);
});

it('fires an item again at the instant that its effect asks for', async () => {
  respond = async (dues) =>
    fired.length === 1 ? dues.map((each) => ({ due: each, at: 1_000_000 + 30 })) : [];
  timer.offer([due(10, 'a')]);
  await vi.advanceTimersByTimeAsync(30);
  expect(fired).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(fired[1]).toEqual([due(10, 'a')]);
});

it('tries again what could not be fired', async () => {
  const fault = new Error('no connection');
  respond = async () => {
    if (fired.length < 3) throw fault;
    return [];
  };
  timer.offer([due(10)]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(fired).toEqual([[due(10)], [due(10)], [due(10)]]);
  expect(faults).toEqual([fault, fault]);
});

it('fires again what could not be fired before what comes due later', async () => {
  respond = async () => {
    if (fired.length === 1) throw new Error('no connection');
    return [];
  };
  timer.offer([due(10), due(20)]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fired).toEqual([[due(10)], [due(10), due(20)]]);
  expect(timer.waiting).toBe(0);
});

it('stops at once in the pause after a failure', async () => {
  respond = () => Promise.reject(new Error('no connection'));
  timer.offer([due(10)]);
  await vi.advanceTimersByTimeAsync(11);
  await timer.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(fired).toEqual([[due(10)]]);
});

it('fires the oldest first, a bounded number at a time, one round after the other', async () => {
  let inHand = 0;
  respond = async () => {
    inHand += 1;
    expect(inHand).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inHand -= 1;
    return [];
  };
  timer.offer(Array.from({ length: 1_200 }, (_, index) => due(-index)));
  const drained = timer.whenNothingIsDue();
  await vi.advanceTimersByTimeAsync(50);
  await drained;
  expect(fired.map((dues) => dues.length)).toEqual([500, 500, 200]);
  const order = fired.flat().map(({ dueAt }) => dueAt);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

it('is idle only when what was due is no longer in hand', async () => {
  const inHand = Promise.withResolvers<Again[]>();
  respond = () => inHand.promise;
  timer.offer([due(10)]);
  await vi.advanceTimersByTimeAsync(11);
  const idle = vi.fn();
  void timer.whenIdle().then(idle);
  await timer.whenNothingIsDue();
  await vi.advanceTimersByTimeAsync(100);
  expect(idle).not.toHaveBeenCalled();
  inHand.resolve([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(idle).toHaveBeenCalled();
});

it('fires nothing after it was stopped', async () => {
  timer.offer([due(10)]);
  await timer.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fired).toEqual([]);
});
