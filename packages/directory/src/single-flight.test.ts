import { describe, expect, it } from 'vitest';
import { createSingleFlight } from './single-flight.ts';

/** A task whose runs are finished by hand. */
function createTask() {
  const runs: { finish(value: number): void; fail(): void }[] = [];
  const run = () =>
    new Promise<number>((resolve, reject) => {
      runs.push({ finish: resolve, fail: () => reject(new Error('failed')) });
    });
  return { runs, run };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a single flight', () => {
  it('is shared by all who ask before it begins', async () => {
    const { runs, run } = createTask();
    const ask = createSingleFlight(run);
    const asked = [ask(), ask(), ask()];
    await settle();
    expect(runs.length).toBe(1);
    runs[0]?.finish(1);
    expect(await Promise.all(asked)).toEqual([1, 1, 1]);
  });

  it('that has begun is not for those who ask later', async () => {
    const { runs, run } = createTask();
    const ask = createSingleFlight(run);
    const first = ask();
    await settle();
    const later = [ask(), ask()];
    await settle();
    expect(runs.length).toBe(1);
    runs[0]?.finish(1);
    expect(await first).toBe(1);
    await settle();
    expect(runs.length).toBe(2);
    runs[1]?.finish(2);
    expect(await Promise.all(later)).toEqual([2, 2]);
  });

  it('that fails does not fail the next', async () => {
    const { runs, run } = createTask();
    const ask = createSingleFlight(run);
    const first = ask();
    await settle();
    const second = ask();
    runs[0]?.fail();
    await expect(first).rejects.toThrow('failed');
    await settle();
    runs[1]?.finish(2);
    expect(await second).toBe(2);
  });

  it('keeps the interval between beginnings', async () => {
    const begun: number[] = [];
    const ask = createSingleFlight(async () => {
      begun.push(performance.now());
    }, 30);
    await ask();
    await ask();
    await ask();
    const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(29);
  });
});
