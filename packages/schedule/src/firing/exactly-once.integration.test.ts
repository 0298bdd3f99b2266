import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createScheduleDatabase, type ScheduleDatabase } from '../testing/schedule-database.ts';
import { endToyProcess, startToyProcess, type ToyProcess } from '../testing/toy-processes.ts';
import { alarms, startToy, type Toy } from '../testing/toy-schedule.ts';

let database: ScheduleDatabase;
const processes: ToyProcess[] = [];
const toys: Toy[] = [];
const thaws: (() => void)[] = [];

beforeEach(async () => {
  database = await createScheduleDatabase();
});
afterEach(async () => {
  for (const each of processes.splice(0)) await endToyProcess(each, 'SIGKILL');
  for (const thaw of thaws.splice(0)) thaw();
  for (const toy of toys.splice(0)) await toy.stop();
  await database.drop();
});

async function shardsOf(): Promise<number[]> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int as count from toy.shards
     where owner is not null and expires_at > clock_timestamp() group by owner order by count`,
  );
  return rows.map(({ count }) => count);
}

async function putAlarms(count: number, begin: number, apart: number): Promise<string[]> {
  const keys = Array.from({ length: count }, () => randomUUID());
  await database.pool.query(
    `insert into toy.alarms (id, due_at) select id, to_timestamp(($2::float8 + $3 * n) / 1000.0)
     from unnest($1::uuid[]) with ordinality as k (id, n)`,
    [keys, begin, apart],
  );
  return keys;
}

it('fires every item once on three instances, of which one is killed and one is frozen past its lease', async () => {
  processes.push(
    ...['one', 'two', 'three'].map((NAME) => startToyProcess(database.url, { NAME, LEASE: '2000' })),
  );
  await eventually(async () => {
    const shares = await shardsOf();
    expect([shares.length, shares.reduce((sum, share) => sum + share, 0)]).toEqual([3, 64]);
    expect(Math.max(...shares)).toBeLessThanOrEqual(22);
  });
  const count = 1_500;
  const keys = await putAlarms(count, (await database.now()) + 500, 5);
  const fired = async () => (await database.fired()).length;
  await eventually(async () => expect(await fired()).toBeGreaterThan(200));
  processes[0]?.child.kill('SIGKILL');
  processes[1]?.child.kill('SIGSTOP');
  await eventually(async () => expect(await shardsOf()).toEqual([64]));
  processes[1]?.child.kill('SIGCONT');
  await eventually(async () => expect(await shardsOf()).toEqual([32, 32]));
  await eventually(async () => expect(await fired()).toBe(count), { timeout: 40_000 });
  const all = await database.fired();
  expect(all.map(({ key }) => key).sort()).toEqual(keys.sort());
  for (const { lateBy } of all) expect(lateBy).toBeGreaterThanOrEqual(1);
  expect(new Set(all.map(({ instance }) => instance)).size).toBe(3);
  expect(await database.left(alarms)).toEqual([]);
}, 180_000);

/**
 * Connections that stop at a statement, as those of a stopped process do: `everything` that is asked from then on, or that
 * statement alone. `reached` resolves then.
 */
function createFreezer(isReached: (statement: string) => boolean, what: 'everything' | 'that') {
  const thawed = Promise.withResolvers<void>();
  thaws.push(thawed.resolve);
  const reached = Promise.withResolvers<void>();
  let isFrozen = false;
  const pass = async (asked: unknown) => {
    const isThat = isReached(typeof asked === 'string' ? asked : (asked as { text: string }).text);
    if (isThat) {
      isFrozen = true;
      reached.resolve();
    }
    if (isFrozen && (isThat || what === 'everything')) await thawed.promise;
  };
  const hold = <T extends pg.Pool | pg.PoolClient>(connection: T): T =>
    new Proxy(connection, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        if (name === 'connect') return async () => hold((await value.call(target)) as pg.PoolClient);
        if (name !== 'query') return value.bind(target);
        return async (...asked: unknown[]) => {
          await pass(asked[0]);
          return await value.apply(target, asked);
        };
      },
    });
  return { wrap: (pool: pg.Pool) => hold(pool), reached: reached.promise, thaw: thawed.resolve };
}

const isClaim = (statement: string) => statement.startsWith('delete from toy.alarms');

it('lets an owner that thaws past its lease fire nothing, not even what no one has fired since', async () => {
  const now = await database.now();
  const [begun = ''] = await putAlarms(1, now + 1_000, 0);
  const [waiting = ''] = await putAlarms(1, now + 1_200, 0);
  const frozen = createFreezer(isClaim, 'everything');
  const started: string[] = [];
  const first = await startToy(database.url, {
    name: 'first',
    lease: 600,
    wrap: frozen.wrap,
    onFire: ({ key }) => void started.push(key),
  });
  toys.push(first);
  // Between the decision to fire and the claim of the item.
  await frozen.reached;
  const held = createFreezer(isClaim, 'that');
  const second = await startToy(database.url, { name: 'second', lease: 60_000, wrap: held.wrap });
  toys.push(second);
  await held.reached;
  await eventually(() => expect(second.schedule.shards).toBe(64));
  frozen.thaw();
  await eventually(() => expect([first.schedule.shards, first.alarm.waiting]).toEqual([0, 0]));
  expect(started).toEqual([]);
  expect(await database.left(alarms)).toHaveLength(2);
  held.thaw();
  await eventually(async () =>
    expect((await database.fired()).map(({ key, instance }) => ({ key, instance }))).toEqual([
      { key: begun, instance: 'second' },
      { key: waiting, instance: 'second' },
    ]),
  );
  expect(started).toEqual([]);
});

it.each([
  {
    what: 'the renewal of its leases',
    isReached: (statement: string) => statement.includes('min(expires_at)'),
  },
  { what: 'the effect of an item', isReached: (statement: string) => statement.includes('into toy.fired') },
])('does not wait for an owner that is frozen amid the transaction of $what', async ({ isReached }) => {
  const frozen = createFreezer(isReached, 'everything');
  const first = startToy(database.url, { name: 'first', lease: 600, wrap: frozen.wrap });
  const [key] = await putAlarms(1, (await database.now()) + 300, 0);
  await frozen.reached;
  const second = await startToy(database.url, { name: 'second', lease: 60_000 });
  toys.push(second);
  await eventually(() => expect(second.schedule.shards).toBe(64));
  await eventually(async () => expect(await database.fired()).toMatchObject([{ key, instance: 'second' }]));
  for (const thaw of thaws.splice(0)) thaw();
  toys.push(await first);
  expect(await database.fired()).toHaveLength(1);
});
