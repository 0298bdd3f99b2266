import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTimerClock } from '../clock.ts';
import type { Due } from '../due.ts';
import { createItems, type Items } from '../items.ts';
import { shardCount, shardOf } from '../shards/shard.ts';
import { createScheduleDatabase, type ScheduleDatabase } from '../testing/schedule-database.ts';
import { alarms } from '../testing/toy-schedule.ts';
import { createLookAhead, type LookAhead } from './look-ahead.ts';
import { createTimer, type Timer } from './timer.ts';

let database: ScheduleDatabase;
let items: Items;
let timer: Timer;
let lookAhead: LookAhead;
let fired: Due[];
let overdue: { count: number; reason: string }[];
/** How often the table cannot be read before it can. */
let failures: number;
let loads: number;
const ownShards = new Set<number>();

beforeEach(async () => {
  database = await createScheduleDatabase();
  items = createItems(database.pool, 'toy', alarms);
  fired = [];
  overdue = [];
  failures = 0;
  loads = 0;
  ownShards.clear();
  const clock = createTimerClock({ now: () => Date.now() }, database.pool);
  timer = createTimer({
    now: clock.now,
    fire: async (entries) => {
      fired.push(...entries.map(({ due }) => due));
      return [];
    },
    onError: () => {},
  });
  lookAhead = createLookAhead({
    timer,
    clock,
    load: (from, to, shards, limit) => {
      loads += 1;
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('the connection is gone'));
      }
      return items.load(from, to, shards, limit);
    },
    beforeAll: items.beforeAll,
    shardOf: shard,
    ownShards: () => ownShards,
    onOverdue: (count, reason) => overdue.push({ count, reason }),
    onError: () => {},
  });
});
afterEach(async () => {
  await lookAhead.stop();
  await timer.stop();
  await database.drop();
});

const shard = (key: string) => shardOf(key, 'uuid');
const everyShard = Array.from({ length: shardCount }, (_, shard) => shard);
const own = (...shards: number[]) => {
  for (const shard of shards) ownShards.add(shard);
};

async function keep(...dueAt: number[]): Promise<string[]> {
  const ids = dueAt.map(() => randomUUID());
  await items.put(
    database.pool,
    dueAt.map((at, index) => ({ key: ids[index] ?? '', dueAt: at })),
  );
  return ids;
}
const firedIds = () => fired.map(({ key }) => key).sort();

it('takes up what was overlooked, oldest first, and says so', async () => {
  own(...everyShard);
  const now = await database.now();
  const ids = await keep(now - 60_000, now - 3_600_000, now - 10_000, now - 1_000);
  await lookAhead.sweep(everyShard, 'safety');
  await eventually(() => expect(fired).toHaveLength(3));
  expect(fired.map(({ key }) => key)).toEqual([ids[1], ids[0], ids[2]]);
  expect(overdue).toEqual([{ count: 3, reason: 'safety' }]);
});

it('comes again for what it has taken over when the table could not be read', async () => {
  own(...everyShard);
  const [id] = await keep((await database.now()) - 60_000);
  failures = 2;
  await lookAhead.sweep(everyShard, 'taken-over');
  await eventually(() => expect(firedIds()).toEqual([id]));
  expect(overdue).toEqual([{ count: 1, reason: 'taken-over' }]);
});

it('reads the window of its own shards, page by page', async () => {
  const begin = (await database.now()) + 300;
  const ids = await keep(...Array.from({ length: 12_000 }, (_, index) => begin + (index % 500)));
  own(...everyShard.slice(0, 32));
  lookAhead.start();
  const mine = ids.filter((id) => ownShards.has(shard(id))).sort();
  await eventually(() => expect(fired.length).toBeGreaterThanOrEqual(mine.length));
  expect(firedIds()).toEqual(mine);
});

it('fires what it has kept itself for another instance when that could not see it in time', async () => {
  own(0);
  lookAhead.start();
  lookAhead.look();
  await eventually(() => expect(loads).toBeGreaterThan(0));
  expect(lookAhead.healthy()).toBe(true);
  const now = await database.now();
  const foreign = (last: string) => `${randomUUID().slice(0, -2)}${last}`;
  const [near, far, mine] = [foreign('01'), foreign('02'), foreign('40')];
  lookAhead.accept([
    { key: near, dueAt: now + 100 },
    { key: far, dueAt: now + 2_000 },
    { key: mine, dueAt: now + 2_000 },
  ]);
  await eventually(() => expect(firedIds()).toEqual([near, mine].sort()));
});
