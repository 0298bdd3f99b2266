import { randomUUID } from 'node:crypto';
import { inTransaction } from '@ringback/event-log';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createItems, type Items } from './items.ts';
import { shardOf } from './shards/shard.ts';
import { createScheduleDatabase, type ScheduleDatabase } from './testing/schedule-database.ts';
import { alarms } from './testing/toy-schedule.ts';

let database: ScheduleDatabase;
let items: Items;
beforeAll(async () => {
  database = await createScheduleDatabase();
  items = createItems(database.pool, 'toy', alarms);
});
afterAll(() => database?.drop());

const due = { key: randomUUID(), dueAt: Date.UTC(2026, 0, 1) };
const instance = randomUUID();
const claim = (tenure: { instance: string; epoch: number } | null) =>
  inTransaction(database.pool, (transaction) => items.claim(transaction, due, tenure, 60_000));
const ownedBy = (owner: string | null, epoch: number) =>
  database.pool.query('update toy.shards set owner = $2, epoch = $3 where shard = $1', [
    shardOf(due.key, 'uuid'),
    owner,
    epoch,
  ]);

beforeEach(async () => {
  await database.pool.query('truncate toy.alarms');
  await items.put(database.pool, [due]);
  await ownedBy(instance, 2);
});

it('A claim deletes the item, so that no other claim of it succeeds', async () => {
  expect(await claim({ instance, epoch: 2 })).toBe(true);
  expect(await database.left(alarms)).toEqual([]);
  expect(await claim({ instance, epoch: 2 })).toBe(false);
});

it('A claim of an earlier epoch leaves the item, even when the shard has come back to the same instance', async () => {
  expect(await claim({ instance, epoch: 1 })).toBe(false);
  expect(await database.left(alarms)).toEqual([due]);
});

it('A claim leaves the item when its shard was released or has another owner', async () => {
  for (const owner of [null, randomUUID()]) {
    await ownedBy(owner, 2);
    expect(await claim({ instance, epoch: 2 })).toBe(false);
  }
  expect(await database.left(alarms)).toEqual([due]);
});

it('A claim without a tenure asks for no shard', async () => {
  await ownedBy(null, 3);
  expect(await claim(null)).toBe(true);
});
