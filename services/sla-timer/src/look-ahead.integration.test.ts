import { randomUUID } from 'node:crypto';
import type { Due } from '@ringback/schedule';
import {
  createLookAhead,
  createTimer,
  createTimerClock,
  type LookAhead,
  shardCount,
  shardOf,
  type Timer,
} from '@ringback/schedule';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadDeadlines } from './deadline-store.ts';
import { createTimerDatabase, type TimerDatabase } from './testing/timer-database.ts';

let database: TimerDatabase;
let timer: Timer;
let lookAhead: LookAhead;
let fired: Due[];
let overdue: { count: number; kind: string }[];
/** How often the table cannot be read before it can. */
let failures: number;
const ownShards = new Set<number>();

beforeEach(async () => {
  database = await createTimerDatabase();
  fired = [];
  overdue = [];
  failures = 0;
  ownShards.clear();
  const clock = createTimerClock({ now: () => Date.now() }, database.pool);
  timer = createTimer({
    now: clock.now,
    fire: async (dues) => {
      fired.push(...dues);
      return [];
    },
    onError: () => {},
  });
  lookAhead = createLookAhead({
    timer,
    clock,
    load: (from, to, shards, limit) => {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('the connection is gone'));
      }
      return loadDeadlines(database.pool, from, to, shards, limit);
    },
    ownShards: () => ownShards,
    onOverdue: (count, kind) => overdue.push({ count, kind }),
    onError: () => {},
  });
});
afterEach(async () => {
  await lookAhead.stop();
  await timer.stop();
  await database.drop();
});

const everyShard = Array.from({ length: shardCount }, (_, shard) => shard);
const own = (...shards: number[]) => {
  for (const shard of shards) ownShards.add(shard);
};

async function keep(...dueAt: number[]): Promise<string[]> {
  const ids = dueAt.map(() => randomUUID());
  await database.pool.query(
    `insert into sla_timer.deadlines (ticket_id, due_at)
     select id, to_timestamp(due / 1000.0) from unnest($1::uuid[], $2::float8[]) as d (id, due)`,
    [ids, dueAt],
  );
  return ids;
}
const firedIds = () => fired.map(({ ticketId }) => ticketId).sort();

it('takes up what was overlooked, oldest first, and says so', async () => {
  own(...everyShard);
  const now = await database.now();
  const ids = await keep(now - 60_000, now - 3_600_000, now - 10_000, now - 1_000);
  await lookAhead.sweep(everyShard, 'safety');
  await eventually(() => expect(fired).toHaveLength(3));
  expect(fired.map(({ ticketId }) => ticketId)).toEqual([ids[1], ids[0], ids[2]]);
  expect(overdue).toEqual([{ count: 3, kind: 'safety' }]);
});

it('comes again for what it has taken over when the table could not be read', async () => {
  own(...everyShard);
  const [id] = await keep((await database.now()) - 60_000);
  failures = 2;
  await lookAhead.sweep(everyShard, 'taken-over');
  await eventually(() => expect(firedIds()).toEqual([id]));
  expect(overdue).toEqual([{ count: 1, kind: 'taken-over' }]);
});

it('reads the window of its own shards, page by page', async () => {
  const begin = (await database.now()) + 300;
  const ids = await keep(...Array.from({ length: 12_000 }, (_, index) => begin + (index % 500)));
  own(...everyShard.slice(0, 32));
  lookAhead.start();
  const mine = ids.filter((id) => ownShards.has(shardOf(id))).sort();
  await eventually(() => expect(fired.length).toBeGreaterThanOrEqual(mine.length));
  expect(firedIds()).toEqual(mine);
});

it('fires what it has kept itself for another instance when that could not see it in time', async () => {
  own(0);
  lookAhead.start();
  lookAhead.look();
  await eventually(() => expect(lookAhead.healthy()).toBe(true));
  const now = await database.now();
  const foreign = (last: string) => `${randomUUID().slice(0, -2)}${last}`;
  const [near, far, mine] = [foreign('01'), foreign('02'), foreign('40')];
  lookAhead.accept([
    { ticketId: near, dueAt: now + 100 },
    { ticketId: far, dueAt: now + 2_000 },
    { ticketId: mine, dueAt: now + 2_000 },
  ]);
  await eventually(() => expect(firedIds()).toEqual([near, mine].sort()));
});
