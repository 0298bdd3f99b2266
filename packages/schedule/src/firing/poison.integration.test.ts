import { randomUUID } from 'node:crypto';
import type { Logger } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createScheduleDatabase, type ScheduleDatabase } from '../testing/schedule-database.ts';
import { endToyProcess, startToyProcess, type ToyProcess } from '../testing/toy-processes.ts';
import { alarms, checks, startToy, type Toy, type ToyOptions } from '../testing/toy-schedule.ts';

// Processes are started up to ten times in a test.
vi.setConfig({ testTimeout: 180_000 });

let database: ScheduleDatabase;
const processes: ToyProcess[] = [];
const toys: Toy[] = [];

beforeEach(async () => {
  database = await createScheduleDatabase();
});
afterEach(async () => {
  for (const each of processes.splice(0)) await endToyProcess(each, 'SIGKILL');
  for (const toy of toys.splice(0)) await toy.stop();
  await database.drop();
});

async function start(options: ToyOptions = {}): Promise<Toy> {
  const toy = await startToy(database.url, { lease: 600, ...options });
  toys.push(toy);
  return toy;
}

async function stopAll(): Promise<void> {
  for (const toy of toys.splice(0)) await toy.stop();
}

async function put(...dueAt: number[]): Promise<string[]> {
  const keys = dueAt.map(() => randomUUID());
  await database.pool.query(
    `insert into toy.alarms (id, due_at)
     select id, to_timestamp(due / 1000.0) from unnest($1::uuid[], $2::float8[]) as a (id, due)`,
    [keys, dueAt],
  );
  return keys;
}

/** Processes one after the other, as a supervisor restarts them, until one lives. Resolves with how many have ended. */
async function restartUntilOneLives(variables: { [name: string]: string }, lives: () => Promise<void>) {
  let deaths = 0;
  for (;;) {
    const running = startToyProcess(database.url, { LEASE: '400', ...variables });
    processes.push(running);
    const living = eventually(lives, { timeout: 100_000 }).then(() => 'lives' as const);
    living.catch(() => {});
    const outcome = await Promise.race([running.ended, living]);
    if (outcome === 'lives') return { deaths, running };
    expect(outcome).toBe(7);
    deaths += 1;
    expect(deaths).toBeLessThan(10);
  }
}

const attempts = async () =>
  (
    await database.pool.query(
      'select key, attempts, failures, set_aside_at is not null as aside from toy.firing_attempts order by key',
    )
  ).rows;

const firedKeys = async () => (await database.fired()).map(({ key }) => key);

describe('an item whose firing ends the process', () => {
  it('is set aside after three counted attempts, while every other item fires once', async () => {
    const now = await database.now();
    const keys = await put(...Array.from({ length: 700 }, (_, index) => now - 60_000 + index * 100));
    const [poison = ''] = keys.splice(20, 1);
    const { deaths, running } = await restartUntilOneLives({ POISON: poison }, async () =>
      expect(await attempts()).toEqual([{ key: poison, attempts: 3, failures: 0, aside: true }]),
    );
    // The first is not counted: in normal operation nothing is.
    expect(deaths).toBe(4);
    await eventually(async () => expect((await firedKeys()).sort()).toEqual(keys.sort()));
    // What comes due now is fired as if nothing had been.
    const [later = ''] = await put((await database.now()) + 300);
    await eventually(async () => expect(await firedKeys()).toContain(later));
    expect(await attempts()).toHaveLength(1);
    expect((await database.left(alarms)).map(({ key }) => key)).toEqual([poison]);
    await endToyProcess(running, 'SIGTERM');
  });

  it('has one attempt when it is released, and is set aside again when that ends the process too', async () => {
    const [poison = ''] = await put((await database.now()) - 1_000);
    await database.pool.query(
      `insert into toy.firing_attempts (kind, key, due_at, attempts, error, set_aside_at)
       select 'alarm', id::text, due_at, 3, 'the process ended', clock_timestamp() from toy.alarms`,
    );
    const keeper = await start();
    expect(await keeper.schedule.stuck()).toMatchObject([{ kind: 'alarm', key: poison, state: 'set-aside' }]);
    expect(await keeper.schedule.release('alarm', 'nothing')).toBeNull();
    expect(await keeper.schedule.release('nothing', poison)).toBeNull();
    await stopAll();
    const released = startToyProcess(database.url, { LEASE: '400', POISON: poison, RELEASE: poison });
    processes.push(released);
    expect(await released.ended).toBe(7);
    expect(await attempts()).toEqual([{ key: poison, attempts: 3, failures: 0, aside: false }]);
    const { deaths } = await restartUntilOneLives({ POISON: poison }, async () =>
      expect(await attempts()).toEqual([{ key: poison, attempts: 3, failures: 0, aside: true }]),
    );
    expect(deaths).toBe(0);
  });

  it('fires, and is forgotten, when it is released after the cause is fixed', async () => {
    const [poison = '', other = ''] = await put(
      (await database.now()) - 60_000,
      (await database.now()) - 59_000,
    );
    await database.pool.query(
      `insert into toy.firing_attempts (kind, key, due_at, attempts, error, set_aside_at)
       select 'alarm', id::text, due_at, 3, 'the process ended', clock_timestamp() from toy.alarms where id = $1`,
      [poison],
    );
    const toy = await start();
    await eventually(async () => expect(await firedKeys()).toEqual([other]));
    expect(await toy.schedule.release('alarm', poison)).toMatchObject({ state: 'set-aside', key: poison });
    await eventually(async () => expect(await firedKeys()).toEqual([other, poison]));
    await eventually(async () => expect(await attempts()).toEqual([]));
    expect(await toy.schedule.stuck()).toEqual([]);
  });

  it('holds back the other items of its key, which are as dangerous', async () => {
    const now = await database.now();
    const [key = ''] = await put(now - 60_000);
    await database.pool.query(
      `insert into toy.firing_attempts (kind, key, due_at, attempts, error, set_aside_at)
       select 'alarm', id::text, due_at, 3, 'the process ended', clock_timestamp() from toy.alarms`,
    );
    await database.pool.query(`insert into toy.alarms (id, due_at) values ($1, to_timestamp($2 / 1000.0))`, [
      key,
      now + 300,
    ]);
    const [other = ''] = await put(now + 400);
    await start();
    await eventually(async () => expect(await firedKeys()).toEqual([other]));
    expect(await database.left(alarms)).toHaveLength(2);
  });

  it('is set aside too when it was fired on request, and then has an item to be found by', async () => {
    const [poison = '', ...others] = Array.from({ length: 20 }, (_, index) => `ticket:${index}`);
    const NOW = [...others.slice(0, 10), poison, ...others.slice(10)].join();
    const { deaths } = await restartUntilOneLives({ POISON: poison, NOW }, async () =>
      expect(await attempts()).toMatchObject([{ key: poison, aside: true }]),
    );
    expect(deaths).toBe(3);
    expect((await database.left(checks)).map(({ key }) => key)).toEqual([poison]);
  });

  it('does not make a process suspect that ends in good order, nor cost normal operation a single count', async () => {
    const now = await database.now();
    await database.pool.query(
      `create table toy.counts (key text);
       create function toy.count() returns trigger language plpgsql as $$
         begin insert into toy.counts values (new.key); return new; end $$;
       create trigger count after insert or update on toy.firing_attempts for each row execute function toy.count()`,
    );
    const keys = await put(...Array.from({ length: 200 }, (_, index) => now + index * 10));
    for (let round = 0; round < 2; round += 1) {
      const running = startToyProcess(database.url);
      processes.push(running);
      await eventually(async () => expect((await firedKeys()).length).toBeGreaterThan(round * 60 + 20));
      await endToyProcess(running, 'SIGTERM');
    }
    await start();
    await eventually(async () => expect((await firedKeys()).sort()).toEqual(keys.sort()));
    const { rows } = await database.pool.query('select * from toy.counts');
    expect(rows).toEqual([]);
  });

  it('is distinguished from the items of processes that are killed repeatedly for other reasons', async () => {
    const now = await database.now();
    const keys = await put(...Array.from({ length: 300 }, (_, index) => now - index));
    for (let round = 0; round < 5; round += 1) {
      const running = startToyProcess(database.url, { LEASE: '300' });
      processes.push(running);
      await eventually(async () => expect((await firedKeys()).length).toBeGreaterThan(round * 40));
      await endToyProcess(running, 'SIGKILL');
    }
    await start();
    await eventually(async () => expect((await firedKeys()).sort()).toEqual(keys.sort()));
    await eventually(async () => expect(await attempts()).toEqual([]));
  });
});

describe('an item whose effect fails', () => {
  it('is tried again with growing pauses, is listed with its error, and stops no other item', async () => {
    const now = await database.now();
    const [sick = '', sound = ''] = await put(now - 2_000, now - 1_000);
    const errors: object[] = [];
    const logger: Logger = { info: () => {}, warn: () => {}, error: (fields) => errors.push(fields) };
    let isCured = false;
    const toy = await start({
      logger,
      onFire({ key }) {
        if (key === sick && !isCured) throw new Error('the effect fails');
      },
    });
    await eventually(async () => expect(await firedKeys()).toEqual([sound]));
    await eventually(() => expect(errors.length).toBeGreaterThanOrEqual(2));
    const [first, second] = errors as { failures: number; retryAt: Date; key: string }[];
    expect([first?.failures, second?.failures, first?.key]).toEqual([1, 2, sick]);
    const [stuck, ...none] = await toy.schedule.stuck();
    expect(none).toEqual([]);
    expect(stuck).toMatchObject({ kind: 'alarm', key: sick, state: 'failing', error: 'the effect fails' });
    expect(stuck?.failures).toBeGreaterThanOrEqual(2);
    expect(Number(second?.retryAt) - Number(first?.retryAt)).toBeGreaterThanOrEqual(2_000);
    isCured = true;
    // Released, it need not wait for the end of its pause.
    await toy.schedule.release('alarm', sick);
    await eventually(async () => expect(await firedKeys()).toEqual([sound, sick]));
    await eventually(async () => expect(await toy.schedule.stuck()).toEqual([]));
  });
});

it('forgets what was set aside when its item is removed: nothing is left to fire', async () => {
  const [sick = ''] = await put((await database.now()) - 1_000);
  await database.pool.query(
    `insert into toy.firing_attempts (kind, key, due_at, attempts, error, set_aside_at)
     select 'alarm', id::text, due_at, 3, 'the process ended', clock_timestamp() from toy.alarms`,
  );
  const toy = await start();
  expect(await toy.schedule.stuck()).toHaveLength(1);
  await toy.alarm.replace(database.pool, [{ key: sick, dueAt: [] }]);
  await eventually(async () => expect(await toy.schedule.stuck()).toEqual([]), { timeout: 40_000 });
});
