import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ItemTable } from '../kind.ts';
import { createScheduleDatabase, type ScheduleDatabase } from '../testing/schedule-database.ts';
import { alarms, reminders } from '../testing/toy-schedule.ts';
import { shardCount, shardOf } from './shard.ts';
import { createShardLeases, type ShardLeases } from './shard-leases.ts';

let database: ScheduleDatabase;
const started: ShardLeases[] = [];

beforeEach(async () => {
  database = await createScheduleDatabase();
});
afterEach(async () => {
  for (const leases of started.splice(0)) await leases.stop();
  await database.drop();
});

const lease = 600;
async function start(): Promise<ShardLeases> {
  const leases = createShardLeases({
    pool: database.pool,
    schema: 'toy',
    lease,
    onChanged: () => {},
    onError: () => {},
  });
  started.push(leases);
  await leases.start();
  return leases;
}

const sizes = () => started.map(({ owned }) => owned.size).sort((a, b) => a - b);
const everyShardOnce = () => {
  const all = started.flatMap(({ owned }) => [...owned]).sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: shardCount }, (_, shard) => shard));
};

it('gives everything to the first at once, and fair shares to those that come', async () => {
  const first = await start();
  expect(first.owned.size).toBe(shardCount);
  await start();
  await eventually(() => expect(sizes()).toEqual([32, 32]));
  await start();
  await eventually(() => {
    expect(Math.max(...sizes())).toBeLessThanOrEqual(22);
    everyShardOnce();
  });
});

it('passes on what is given back at once, and what is not renewed when its lease is over', async () => {
  const [first, second, third] = [await start(), await start(), await start()];
  await eventually(everyShardOnce);
  await first.stop();
  started.splice(started.indexOf(first), 1);
  await eventually(everyShardOnce);
  expect(sizes()).toEqual([32, 32]);
  // What a killed process leaves behind: rows that no one renews.
  const ghost = randomUUID();
  await second.stop();
  started.splice(started.indexOf(second), 1);
  await database.pool.query(
    `update toy.shards set owner = $1, expires_at = clock_timestamp() + interval '300 milliseconds'
     where owner is null`,
    [ghost],
  );
  await eventually(everyShardOnce);
  expect(third.owned.size).toBe(shardCount);
});

it.each<[string, ItemTable, () => string]>([
  ['a UUID', alarms, randomUUID],
  ['a text', reminders, () => `contract:${randomUUID()}`],
  [
    'a text with backslashes, quotes and letters of other scripts',
    reminders,
    () => `\\x\\\\é'語${randomUUID()}\\`,
  ],
])(
  'computes the shard of %s as the database does, and spreads the keys evenly',
  async (_, { table, key }, make) => {
    const keys = Array.from({ length: 2_000 }, make);
    const { rows } = await database.pool.query<{ key: string; shard: number }>(
      `insert into ${table} (${key.column}, due_at)
     select key, clock_timestamp() from unnest($1::${key.type}[]) as key returning ${key.column} as key, shard`,
      [keys],
    );
    expect(rows.map(({ shard }) => shard)).toEqual(rows.map((row) => shardOf(row.key, key.type)));
    const perShard = Map.groupBy(rows, ({ shard }) => shard);
    expect(perShard.size).toBe(shardCount);
  },
);
