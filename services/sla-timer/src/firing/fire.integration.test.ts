import { setTimeout as pause } from 'node:timers/promises';
import { compilePlan, type PlanInForce } from '@ringback/domain/service-level';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { hour, minute, watchCatalog } from '../testing/watch-catalog.ts';
import { fire } from './fire.ts';

let database: TimerDatabase;
beforeEach(async () => {
  database = await createTimerDatabase();
});
afterEach(() => database.drop());

it('Breaches are appended in the order of their deadlines, however long each decision takes', async () => {
  const now = await database.now();
  const instants = [5, 4, 3, 2, 1].map((before) => now - before * minute);
  const ids = await database.open(...instants.map((dueAt) => ({ dueAt })));
  const plans: PlanInForce[] = [
    { from: Number.NEGATIVE_INFINITY, plan: compilePlan(watchCatalog(), 'full'), cause: null },
  ];
  const result = await fire(
    ids.map((key, index) => ({ key, dueAt: instants[index] ?? 0 })),
    {
      log: database.log,
      plans: {
        // The first takes longest.
        async plansForTicket(_coverage, openedAt) {
          await pause((now - hour - Date.parse(openedAt)) / 5_000);
          return plans;
        },
      },
      clock: { now: () => now, ask: async () => now },
      plansAreKnown: async () => {},
      onFired() {},
      onConflict() {},
    },
  );
  expect(result).toEqual({ silent: [], again: [], failed: [] });
  const { rows } = await database.pool.query(
    `select stream_id as id from log.events where type = 'SlaBreached' order by position`,
  );
  expect(rows.map(({ id }) => id)).toEqual(ids);
});

it('A miss that evidence of the past brought about is known since that evidence was recorded', async () => {
  const now = await database.now();
  const [id = ''] = await database.open({ dueAt: now - hour });
  const { rows } = await database.pool.query<{ at: Date }>(
    `select max(recorded_at) as at from log.events where stream_id = $1`,
    [id],
  );
  const known: number[] = [];
  const plan = compilePlan(watchCatalog(), 'full');
  await fire([{ key: id, dueAt: now - hour }], {
    log: database.log,
    plans: { plansForTicket: async () => [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }] },
    clock: { now: () => now, ask: async () => now },
    plansAreKnown: async () => {},
    onFired: (_events, _outcome, _assessment, knownSince) => known.push(knownSince),
    onConflict() {},
  });
  expect(known).toEqual([rows[0]?.at.getTime()]);
});
