import { Histogram, type Registry } from 'prom-client';
import { latencyBuckets } from './latency-buckets.ts';

const periodMilliseconds = 10;

/**
 * How long work that becomes due at any instant waits for the event loop, in seconds: a timer of 10 ms measures how late
 * it runs. `nodejs_eventloop_lag_*` cannot answer that. They are gauges that each scrape resets, so two scrapers disturb
 * each other, and a block of two seconds is one sample among hundreds. Here it counts as the 200 ticks that it delays, as
 * in HdrHistogram's correction for coordinated omission. Returns what ends the measurement.
 */
export function observeEventLoopDelay(registry: Registry): () => void {
  const delays = new Histogram({
    name: 'ringback_event_loop_delay_seconds',
    help: 'How long work that is due waits for the event loop, sampled every 10 ms, in seconds',
    buckets: latencyBuckets,
    registers: [registry],
  });
  let previous = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const delay of delaysOfTicks(now - previous)) delays.observe(delay / 1_000);
    previous = now;
  }, periodMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

/** The delays, in milliseconds, of all ticks that were due in the milliseconds since the previous tick ran. */
export function delaysOfTicks(elapsed: number): number[] {
  const delays: number[] = [];
  for (let delay = elapsed - periodMilliseconds; delay > 0; delay -= periodMilliseconds) delays.push(delay);
  return delays.length === 0 ? [0] : delays;
}
