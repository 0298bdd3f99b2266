import { expect, it, vi } from 'vitest';
import { type RunningServer, supervise } from './supervise.ts';

/** A server that is ended by the test; each start takes the next of `starts`. */
function createFake(starts: (() => Promise<void>)[] = []) {
  const events: string[] = [];
  let end: (reason: string) => void = () => {};
  const start = async (): Promise<RunningServer> => {
    await starts.shift()?.();
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    end = resolve;
    events.push('start');
    return {
      ended,
      stop: async () => {
        events.push('stop');
        resolve('stopped');
      },
    };
  };
  const options = {
    name: 'The fake',
    start,
    isTransient: ({ message }: Error) => message === 'full',
    onDown: (reason: string) => events.push(`down: ${reason}`),
    onRetry: ({ message }: Error) => events.push(`retry: ${message}`),
    onUp: () => events.push('up'),
  };
  return { options, events, end: (reason: string) => end(reason) };
}
const fail = (message: string) => () => Promise.reject(new Error(message));

it('a supervised server rejects when its first start fails', async () => {
  await expect(supervise(createFake([fail('no')]).options)).rejects.toThrow('no');
});

it('a supervised server is started again, and reports down and up once each', async () => {
  const fake = createFake([async () => {}, fail('not yet')]);
  const server = await supervise(fake.options);
  fake.end('killed');
  await vi.waitFor(() => expect(fake.events).toContain('up'), 5_000);
  await server.stop();
  expect(fake.events).toEqual(['start', 'down: killed', 'retry: not yet', 'start', 'up', 'stop']);
});

it('a supervised server is given up after ten failures in a row, whether starts fail or runs are short', async () => {
  vi.useFakeTimers();
  try {
    const fake = createFake([async () => {}, ...Array.from({ length: 20 }, () => fail('broken'))]);
    const server = await supervise(fake.options);
    fake.end('killed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await server.gaveUp).message).toBe('The fake cannot be kept running: broken');
    expect(fake.events.filter((event) => event === 'retry: broken')).toHaveLength(10);

    const short = createFake();
    const crashing = await supervise(short.options);
    for (let run = 0; run < 12; run += 1) {
      short.end(`crash ${run}`);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect((await crashing.gaveUp).message).toContain('crash 10');
  } finally {
    vi.useRealTimers();
  }
});

it('a supervised server is tried for as long as what fails may pass by itself', async () => {
  vi.useFakeTimers();
  try {
    const fake = createFake([async () => {}, ...Array.from({ length: 50 }, () => fail('full'))]);
    const server = await supervise(fake.options);
    fake.end('killed');
    await vi.advanceTimersByTimeAsync(400_000);
    expect(fake.events.at(-1)).toBe('up');
    await server.stop();
  } finally {
    vi.useRealTimers();
  }
});

it('a supervised server that comes up while its supervisor stops is stopped', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const fake = createFake([async () => {}, () => held]);
  const server = await supervise(fake.options);
  fake.end('killed');
  await new Promise((wait) => setTimeout(wait, 300));
  const stopped = server.stop();
  release();
  await stopped;
  expect(fake.events).toEqual(['start', 'down: killed', 'start', 'stop']);
});
