import { randomUUID } from 'node:crypto';
import { createShardLeases, type ShardLeases, shardCount, shardOf } from '@ringback/schedule';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from './testing/timer-database.ts';

let database: TimerDatabase;
const started: ShardLeases[] = [];

beforeEach(async () => {
  database = await createTimerDatabase();
});
afterEach(async () => {
  for (const leases of started.splice(0)) await leases.stop();
  await database.drop();
});

const lease = 600;
async function start(): Promise<ShardLeases> {
  const leases = createShardLeases({
    pool: database.pool,
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
  // What a killed process leaves behind: rows that nobody renews.
  const ghost = randomUUID();
  await second.stop();
  started.splice(started.indexOf(second), 1);
  await database.pool.query(
    `update sla_timer.shards set owner = $1, expires_at = clock_timestamp() + interval '300 milliseconds'
     where owner is null`,
    [ghost],
  );
  await eventually(everyShardOnce);
  expect(third.owned.size).toBe(shardCount);
});

it('computes a ticket’s shard as the database does, and spreads tickets evenly', async () => {
  const ids = Array.from({ length: 2_000 }, () => randomUUID());
  const { rows } = await database.pool.query<{ ticket_id: string; shard: number }>(
    `insert into sla_timer.deadlines (ticket_id, due_at)
     select id, clock_timestamp() from unnest($1::uuid[]) as id returning ticket_id, shard`,
    [ids],
  );
  expect(rows.map(({ shard }) => shard)).toEqual(rows.map(({ ticket_id }) => shardOf(ticket_id)));
  const perShard = Map.groupBy(rows, ({ shard }) => shard);
  expect(perShard.size).toBe(shardCount);
});
