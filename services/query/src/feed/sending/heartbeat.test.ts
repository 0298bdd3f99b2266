import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Heartbeat, startHeartbeat, ticksInInterval } from './heartbeat.ts';
import type { Listener } from './listener.ts';

const tick = 100;
const interval = tick * ticksInInterval;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const listenerOf = ({ clock }: Heartbeat) =>
  ({ clock, sentAt: clock.tick, isEnded: false }) as unknown as Listener;

it('no listener is silent for longer than an interval, whenever something else was sent', () => {
  const sends = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(sends, { minLength: 1, maxLength: 20 }), (schedules) => {
      const heard = new Map<Listener, number[]>();
      const heartbeat = startHeartbeat(interval, (listener) =>
        heard.get(listener)?.push(heartbeat.clock.tick),
      );
      const listeners = schedules.map(() => listenerOf(heartbeat));
      for (const listener of listeners) {
        heard.set(listener, [0]);
        heartbeat.add(listener);
      }
      for (let now = 1; now <= 1_000; now += 1) {
        vi.advanceTimersByTime(tick);
        for (const [index, listener] of listeners.entries()) {
          if (schedules[index]?.includes(now) !== true) continue;
          listener.sentAt = now;
          heard.get(listener)?.push(now);
        }
      }
      heartbeat.stop();
      for (const ticks of heard.values()) {
        const silences = [...ticks, 1_000].map((at, index, all) => at - (all[index - 1] ?? 0));
        expect(Math.max(...silences)).toBeLessThanOrEqual(ticksInInterval);
        expect(ticks.length).toBeLessThan(1_000 / (ticksInInterval / 2) + 31);
      }
    }),
    { numRuns: 30 },
  );
});

it('ten thousand that were sent to at the same instant do not all beat at the same instant', () => {
  const beats = new Map<number, number>();
  const heartbeat = startHeartbeat(interval, () => {
    beats.set(heartbeat.clock.tick, (beats.get(heartbeat.clock.tick) ?? 0) + 1);
  });
  for (let count = 0; count < 10_000; count += 1) heartbeat.add(listenerOf(heartbeat));
  vi.advanceTimersByTime(interval * 5);
  heartbeat.stop();
  expect([...beats.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50_000);
  expect(Math.max(...beats.values())).toBeLessThanOrEqual(500);
});

it('one that has ended is let alone', () => {
  let beats = 0;
  const heartbeat = startHeartbeat(interval, () => {
    beats += 1;
  });
  const listener = listenerOf(heartbeat);
  heartbeat.add(listener);
  vi.advanceTimersByTime(interval);
  expect(beats).toBe(1);
  listener.isEnded = true;
  vi.advanceTimersByTime(interval * 5);
  heartbeat.stop();
  expect(beats).toBe(1);
});
