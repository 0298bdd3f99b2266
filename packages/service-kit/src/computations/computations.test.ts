import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../http/problems/problem.ts';
import { type ComputationSettings, type Computations, createComputations } from './computations.ts';
import { defineTask, type TaskFunction, type TaskOptions } from './task.ts';
import { Refused } from './testing/refused.ts';

type Tasks = typeof import('./testing/tasks.ts');
const task = <N extends keyof Tasks>(name: N, options?: TaskOptions) =>
  defineTask<Tasks[N]>(new URL('./testing/tasks.ts', import.meta.url), name, options);
const me = { caller: 'me' };

let open: Computations[] = [];
let metrics: Registry;
const create = (settings: Partial<ComputationSettings> = {}): Computations => {
  metrics = new Registry();
  const made = createComputations({
    metrics,
    logger: pino({ level: 'silent' }),
    threads: 1,
    ...settings,
  });
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.map((each) => each.stop()));
  open = [];
});

const codeOf = async (asked: Promise<unknown>): Promise<string> => {
  const error: unknown = await asked.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  return error instanceof Problem ? error.code : String(error);
};
const metric = async (name: string): Promise<{ [labels: string]: number }> => {
  const found = metrics.getSingleMetric(name);
  const { values } = (await found?.get()) ?? { values: [] };
  return Object.fromEntries(
    values
      .filter((value) => !('metricName' in value) || String(value.metricName).endsWith('_count'))
      .map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
};

describe('a computation', () => {
  it('answers what its function answers', async () => {
    const computations = create();
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer(), async (one, other) => {
        expect(await computations.run(task('add'), [one, other], me)).toBe(one + other);
      }),
      { numRuns: 50 },
    );
    expect(await metric('ringback_computation_seconds')).toEqual({ 'add done': 50 });
  });

  it('rejects with the error that its function throws on purpose, as an error of the same class', async () => {
    const computations = create();
    const asked = computations.run(task('refuse', { errors: [Refused] }), 'start', me);
    const error = (await asked.catch((thrown: unknown) => thrown)) as Refused;
    expect(error).toBeInstanceOf(Refused);
    expect([error.name, error.message, error.path]).toEqual([
      'Refused',
      'cannot be answered',
      ['body', 'start'],
    ]);
    const problem = computations.run(task('answerProblem', { errors: [Problem] }), undefined as never, me);
    await expect(problem).rejects.toMatchObject({
      code: 'catalog-invalid',
      status: 422,
      options: { errors: [{ pointer: '/a', detail: 'b' }] },
    });
    expect(await metric('ringback_computation_seconds')).toEqual({
      'refuse refused': 1,
      'answerProblem refused': 1,
    });
  });

  it('rejects with what went wrong when its function fails, and the thread goes on', async () => {
    const computations = create();
    await expect(computations.run(task('fail') as never, undefined as never, me)).rejects.toThrow(
      'a fault of ours',
    );
    await expect(computations.run(task('makeFunction'), undefined as never, me)).rejects.toThrow(/clone/);
    await expect(computations.run(task('add'), [() => {}, 1] as never, me)).rejects.toThrow(/clone/);
    const unknown = defineTask<TaskFunction>(new URL('./testing/tasks.ts', import.meta.url), 'nothing');
    await expect(computations.run(unknown, 1, me)).rejects.toThrow('does not export "nothing"');
    expect(await computations.run(task('add'), [1, 2], me)).toBe(3);
  });

  it.each([
    ['takes too long', 'spin', 'computation-too-large', 'timed-out'],
    ['takes too much memory', 'hoard', 'computation-too-large', 'out-of-memory'],
    ['ends its thread', 'exit', 'the computation thread ended', 'failed'],
  ] as const)('that %s is ended, and the next one finds a new thread', async (_, name, code, outcome) => {
    const computations = create({ megabytes: 32 });
    // Long enough to run out of memory on a busy machine.
    const milliseconds = name === 'spin' ? 200 : 60_000;
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 10);
    const doomed = computations.run(task(name, { milliseconds }) as never, undefined as never, me);
    const after = computations.run(task('add'), [1, 2], me);
    expect(await codeOf(doomed)).toContain(code);
    expect(await after).toBe(3);
    clearInterval(heart);
    if (name !== 'exit') expect(beats).toBeGreaterThan(3);
    expect(await metric('ringback_computation_seconds')).toMatchObject({
      [`${name} ${outcome}`]: 1,
      'add done': 1,
    });
  });

  it('sees nothing of the process’s environment', async () => {
    expect(await create().run(task('environment'), undefined as never, me)).toEqual([]);
  });

  it('is given the same shared value each time, sent once, as long as few others are shared', async () => {
    const computations = create();
    const recognise = async (key: string | null) =>
      await computations.run(task('recognise'), null, {
        ...me,
        ...(key === null ? {} : { shared: { key, value: { name: key } } }),
      });
    expect(await recognise(null)).toEqual([null, 0]);
    expect(await recognise('a')).toEqual(['a', 0]);
    expect(await recognise('a')).toEqual(['a', 1]);
    for (const key of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) expect(await recognise(key)).toEqual([key, 0]);
    expect(await recognise('a')).toEqual(['a', 2]);
    // The ninth takes the place of the one that was used least recently.
    expect(await recognise('i')).toEqual(['i', 0]);
    expect(await recognise('b')).toEqual(['b', 0]);
    expect(await recognise('a')).toEqual(['a', 3]);
  });
});

describe('computations that wait', () => {
  const settings = {
    queue: { items: 4, bytes: 100_000, itemsOfCaller: 3, bytesOfCaller: 100_000 },
  };

  it('take turns by caller', async () => {
    const computations = create();
    const order: string[] = [];
    const ask = (caller: string) =>
      computations.run(task('wait'), 1, { caller }).then(() => order.push(caller));
    await Promise.all([...Array(5).fill('many'), 'one', 'two'].map(ask));
    expect(order.slice(0, 4).sort()).toEqual(['many', 'many', 'one', 'two']);
    expect(order.slice(4)).toEqual(['many', 'many', 'many']);
  });

  it('are refused when one caller has too many, or all have', async () => {
    const computations = create(settings);
    await computations.warm(task('wait'));
    const slow = computations.run(task('spin', { milliseconds: 300 }), undefined as never, me);
    const waiting = Array.from({ length: 3 }, () => computations.run(task('wait'), 1, me));
    const refused = computations.run(task('wait'), 1, me);
    await expect(refused).rejects.toMatchObject({
      code: 'too-many-computations',
      status: 429,
      options: { headers: { 'retry-after': '2' } },
    });
    const other = computations.run(task('wait'), 1, { caller: 'other' });
    const full = computations.run(task('wait'), 1, { caller: 'third' });
    await expect(full).rejects.toMatchObject({
      code: 'unavailable',
      status: 503,
      options: { headers: { 'retry-after': '2' } },
    });
    expect(await metric('ringback_computations')).toEqual({ running: 1, queued: 4 });
    expect(await codeOf(slow)).toBe('computation-too-large');
    expect(await Promise.all([...waiting, other])).toEqual([1, 1, 1, 1]);
    expect(await metric('ringback_computations')).toEqual({ running: 0, queued: 0 });
    expect(await metric('ringback_computations_rejected_total')).toEqual({
      'caller-full': 1,
      'queue-full': 1,
    });
  });

  it('are refused when no thread is free for long', async () => {
    const computations = create({ patienceMilliseconds: 50 });
    await computations.warm(task('wait'));
    const slow = codeOf(computations.run(task('spin', { milliseconds: 400 }), undefined as never, me));
    expect(await codeOf(computations.run(task('add'), [1, 2], me))).toBe('unavailable');
    expect(await slow).toBe('computation-too-large');
  });

  it('are not run when no one waits for them any more', async () => {
    const computations = create();
    const slow = computations.run(task('wait'), 50, me);
    const left = computations.run(task('add'), [1, 2], { ...me, isWanted: () => false });
    expect(await codeOf(left)).toBe('unavailable');
    expect(await slow).toBe(50);
    expect(await metric('ringback_computation_seconds')).toEqual({ 'wait done': 1 });
  });

  it('are unavailable once the process stops, and so is what runs', async () => {
    const computations = create();
    await computations.warm(task('add'));
    const running = computations.run(task('spin'), undefined as never, me);
    const waiting = computations.run(task('add'), [1, 2], me);
    const codes = Promise.all([codeOf(running), codeOf(waiting)]);
    await computations.stop();
    expect(await codes).toEqual(['unavailable', 'unavailable']);
    expect(await codeOf(computations.run(task('add'), [1, 2], me))).toBe('unavailable');
  });

  it('use as many threads as there may be', async () => {
    const computations = create({ threads: 2 });
    await computations.warm(task('add'));
    const slow = codeOf(computations.run(task('spin', { milliseconds: 2_000 }), undefined as never, me));
    expect(await computations.run(task('add'), [1, 2], me)).toBe(3);
    expect(await metric('ringback_computations')).toEqual({ running: 1, queued: 0 });
    await computations.stop();
    expect(await slow).toBe('unavailable');
  });
});
