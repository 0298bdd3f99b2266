import fc from 'fast-check';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { delaysOfTicks, observeEventLoopDelay } from './event-loop-delay.ts';

interface Buckets {
  /** Samples at or below each bound in seconds. */
  counts: { [bound: string]: number };
  count: number;
}

async function read(registry: Registry): Promise<Buckets> {
  const metric = await registry.getSingleMetric('ringback_event_loop_delay_seconds')?.get();
  const values = metric?.values ?? [];
  return {
    counts: Object.fromEntries(
      values.map(({ labels, value }) => [String((labels as { le?: unknown }).le), value]),
    ),
    count:
      values.find((value) => (value as { metricName?: string }).metricName?.endsWith('_count'))?.value ?? 0,
  };
}

it('counts a tick that runs in time as one without delay', () => {
  expect(delaysOfTicks(9.4)).toEqual([0]);
  expect(delaysOfTicks(10)).toEqual([0]);
  expect(delaysOfTicks(11.5)).toEqual([1.5]);
});

it('counts a block as every tick that it delays, each by what was left of it', () => {
  expect(delaysOfTicks(45)).toEqual([35, 25, 15, 5]);
  fc.assert(
    fc.property(fc.double({ min: 20, max: 60_000, noNaN: true }), (elapsed) => {
      const delays = delaysOfTicks(elapsed);
      const [longest = 0] = delays;
      expect(longest).toBeCloseTo(elapsed - 10, 6);
      expect(Math.abs(delays.length - (elapsed - 10) / 10)).toBeLessThanOrEqual(1);
      // A tick that is due at a random instant of the block waits for half of it on average.
      const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
      expect(Math.abs(mean - (elapsed - 10) / 2)).toBeLessThanOrEqual(10);
    }),
  );
});

it('shows in the histogram how long the event loop was blocked', async () => {
  const registry = new Registry();
  const stop = observeEventLoopDelay(registry);
  try {
    const before = await read(registry);
    const until = performance.now() + 600;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const after = await read(registry);
    const slowerThan = (bound: string) =>
      after.count - (after.counts[bound] ?? 0) - (before.count - (before.counts[bound] ?? 0));
    // Of the 60 ticks that were due, 34 had more than 250 ms left to wait; a busy machine adds some.
    expect(slowerThan('0.25')).toBeGreaterThanOrEqual(30);
    expect(slowerThan('0.05')).toBeGreaterThan(slowerThan('0.25'));
  } finally {
    stop();
  }
});

it('ends its timer, so that nothing is counted afterwards', async () => {
  const registry = new Registry();
  observeEventLoopDelay(registry)();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await read(registry)).count).toBe(0);
});
