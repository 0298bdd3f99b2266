import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { hour, minute, watchCatalog } from '../testing/watch-catalog.ts';
import { listReplans } from './replan-progress.ts';

let database: TimerDatabase;
beforeEach(async () => {
  database = await createTimerDatabase();
});
afterEach(() => database.drop());

const finished = async (position: number) => {
  const replan = (await listReplans(database.pool, 100)).find((each) => each.position === position);
  expect(replan?.finishedAt).toEqual(expect.any(String));
  return replan;
};

const dueOf = async (ticketId: string) => {
  const { rows } = await database.pool.query<{ due_at: Date }>(
    'select due_at from sla_timer.deadlines where ticket_id = $1 order by due_at',
    [ticketId],
  );
  return rows.map(({ due_at }) => due_at.getTime());
};

/** The catalog with another length of the clock of priority `normal`. */
function lasting(max: string) {
  const catalog = watchCatalog();
  const [objective] = catalog.plans.full?.objectives?.normal ?? [];
  if (objective !== undefined) objective.max = max;
  return catalog;
}

const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);

describe('a catalog that is amended', () => {
  it('moves the deadlines of open tickets earlier, and fires them then', async () => {
    await database.start();
    const now = await database.now();
    const [open = '', resolved = ''] = await database.open(
      { dueAt: now + 30 * minute },
      { dueAt: now + hour },
    );
    await database.append(resolved, 'TicketResolved', { resolution: null });
    await eventually(async () => expect(await dueOf(open)).toEqual([now + 30 * minute]));
    const { position } = await database.publish(lasting('PT30M2S'), 2);
    await eventually(async () => expect(await database.said(open)).toEqual(['DeadlineReplanned']));
    const replanned = (await database.history(open))[1];
    expect(replanned?.data).toMatchObject({
      before: { dueAt: new Date(now + 30 * minute).toISOString() },
      after: { dueAt: new Date(now + 2_000).toISOString() },
      cause: { kind: 'catalog', id: 'watch@2', position },
    });
    await eventually(async () =>
      expect(await database.said(open)).toEqual(['DeadlineReplanned', 'SlaBreached']),
    );
    expect(await finished(position)).toMatchObject({ done: 1, total: 1, catalog: 'watch', contractId: null });
    expect(await database.said(resolved)).toEqual([]);
  });

  it('that puts a deadline into the past breaches at the amendment', async () => {
    await database.start();
    const [id = ''] = await database.open({ dueAt: (await database.now()) + 30 * minute });
    const { recordedAt } = await database.publish(lasting('PT10M'), 2);
    await eventually(async () =>
      expect(await database.said(id)).toEqual(['DeadlineReplanned', 'SlaBreached']),
    );
    expect((await database.history(id))[2]?.data).toMatchObject({ breachedAt: recordedAt });
  });

  it('starts clocks that it brings', async () => {
    await database.start();
    const now = await database.now();
    const [id = ''] = await database.open({ dueAt: now + hour, priority: 'free' });
    const catalog = watchCatalog();
    const objectives = catalog.plans.full?.objectives ?? {};
    objectives.free = [{ metric: 'response', calendar: 'always', max: 'PT2S' }];
    const { recordedAt, position } = await database.publish(catalog, 2);
    await eventually(() => finished(position));
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
    const dueAt = new Date(Date.parse(recordedAt) + 2_000).toISOString();
    expect((await database.history(id))[1]?.data).toMatchObject({ dueAt, breachedAt: dueAt });
  });
});

it('waits for tickets that were opened before the amendment and are not known yet', async () => {
  await database.start();
  const now = await database.now();
  const catalog = watchCatalog();
  const objectives = catalog.plans.full?.objectives ?? {};
  objectives.free = [{ metric: 'response', calendar: 'always', max: 'PT1H' }];
  const blocker = await database.pool.connect();
  let id = '';
  let recordedAt = '';
  try {
    await blocker.query('begin');
    await blocker.query('lock table sla_timer.tickets in exclusive mode');
    [id = ''] = await database.open({ dueAt: now + hour, priority: 'free' });
    const amendment = await database.publish(catalog, 2);
    recordedAt = amendment.recordedAt;
    // Long enough for a replan that would not wait.
    await eventually(async () => expect(await database.now()).toBeGreaterThan(now + 800));
    const replan = (await listReplans(database.pool, 1))[0];
    expect(replan).toMatchObject({ position: amendment.position, finishedAt: null });
  } finally {
    await blocker.query('rollback');
    blocker.release();
  }
  await eventually(async () => expect(await dueOf(id)).toEqual([Date.parse(recordedAt) + hour]));
});

describe('a calendar exception', () => {
  it('closes the calendar before the deadline: it moves, and there is no breach', async () => {
    await database.start();
    const dueAt = (await database.now()) + 1_500;
    const [moved = ''] = await database.open({ dueAt });
    await eventually(async () => expect(await dueOf(moved)).toEqual([dueAt]));
    for (const date of [dateOf(dueAt), dateOf(dueAt + 24 * hour)]) {
      await database.amend('calendar', 'watch/always', 'CalendarExceptionAdded', {
        calendar: 'watch/always',
        date,
        hours: [],
        reason: 'shutdown',
      });
    }
    const [sentinel = ''] = await database.open({ dueAt: dueAt + 200, priority: 'held' });
    await database.append(sentinel, 'ClockHeld', { reason: 'awaiting-customer', note: null });
    await eventually(async () => expect((await database.said(moved)).length).toBeGreaterThan(0));
    await eventually(async () => expect(await database.now()).toBeGreaterThan(dueAt + 100));
    expect(new Set(await database.said(moved))).toEqual(new Set(['DeadlineReplanned']));
    const [movedTo = 0] = await dueOf(moved);
    expect(movedTo).toBeGreaterThan(dueAt + hour);
  });
});

it('an amendment that a breach would not have survived is reported once, and the breach stays', async () => {
  await database.start();
  const dueAt = (await database.now()) + 300;
  const [id = ''] = await database.open({ dueAt });
  await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
  const { position } = await database.publish(lasting('PT2H'), 2);
  await eventually(() => finished(position));
  await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached', 'DeadlineReplanned']));
  const [, breach, replanned] = await database.history(id);
  expect(replanned?.data).toMatchObject({ notStanding: ['max'], cause: { position } });
  expect(replanned?.data.before).toMatchObject({ dueAt: breach?.data.dueAt });
  const after = replanned?.data.after as { dueAt: string } | undefined;
  expect(Date.parse(after?.dueAt ?? '')).toBeGreaterThan(dueAt);
  const again = await database.publish(lasting('PT2H'), 3);
  await eventually(() => finished(again.position));
  expect(await database.said(id)).toEqual(['SlaBreached', 'DeadlineReplanned']);
});

it('is known to a deadline that it moves, even when it is recorded milliseconds before', async () => {
  // Of two instances one learns of the amendment from the tables, up to half a second later than the other.
  await database.start();
  await database.start();
  let decisive = 0;
  for (let round = 0; round < 12; round += 1) {
    const catalog = `watch-${round}`;
    await database.publish({ ...watchCatalog(), catalog }, 1);
    const dueAt = (await database.now()) + 300;
    // Ever earlier, so that a slow machine has rounds that decide something too.
    const lead = 9 + round * 10;
    const plan = { catalog, catalogVersion: 1, plan: 'full' };
    const [id = ''] = await database.open({ dueAt, coverage: { plan } });
    await eventually(async () => expect(await dueOf(id)).toEqual([dueAt]), { interval: 1 });
    await eventually(async () => expect(await database.now()).toBeGreaterThan(dueAt - lead), { interval: 1 });
    const amendment = await database.publish({ ...lasting('PT2H'), catalog }, 2);
    // One that is being committed while the deadline is decided may come second.
    if (Date.parse(amendment.recordedAt) > dueAt - 2) continue;
    decisive += 1;
    await eventually(async () => expect(await database.said(id)).not.toEqual([]));
    expect(await database.said(id)).toEqual(['DeadlineReplanned']);
  }
  expect(decisive).toBeGreaterThan(0);
});

it('brings clocks to the tickets of a contract that is renewed back to its expiry', async () => {
  await database.start();
  const contract = {
    customerId: 'acme',
    catalog: 'watch',
    plan: 'full',
    from: null,
    acceptedAt: null,
    paidAt: null,
  };
  const now = await database.now();
  const until = new Date(now - 24 * hour).toISOString();
  await database.amend('contract', 'lapsed', 'ContractDefined', { ...contract, until });
  const coverage = { contractId: 'lapsed', standing: 'ended' as const, chargeable: true };
  const lasts = 10 * minute;
  const [id = ''] = await database.open({ dueAt: now + 1_000, lasts, priority: 'urgent', coverage });
  const { rows } = await eventually(async () => {
    const found = await database.pool.query<{ covered: boolean }>(
      'select covered from sla_timer.tickets where ticket_id = $1',
      [id],
    );
    expect(found.rows).toHaveLength(1);
    return found;
  });
  expect(rows[0]?.covered).toBe(false);
  expect(await dueOf(id)).toEqual([]);
  for (let other = 0; other < 50; other += 1) {
    await database.amend('contract', `other-${other}`, 'ContractDefined', { ...contract, until: null });
  }
  const renewal = await database.amend('contract', 'lapsed', 'ContractDefined', { ...contract, until: null });
  await eventually(() => finished(renewal.position));
  await eventually(async () => expect(await dueOf(id)).toEqual([Date.parse(renewal.recordedAt) + lasts]));
  const [brought, ...others] = (await database.history(id)).filter(
    ({ type }) => type === 'DeadlineReplanned',
  );
  expect(others).toEqual([]);
  expect(brought?.data).toMatchObject({
    before: { targetAt: null, dueAt: null },
    after: { dueAt: new Date(Date.parse(renewal.recordedAt) + lasts).toISOString() },
    cause: { kind: 'contract', id: 'lapsed', position: renewal.position },
  });
  const replans = await listReplans(database.pool, 100);
  expect(
    replans.filter(({ contractId }) => contractId?.startsWith('other-')).map(({ done }) => done),
  ).toEqual(Array.from({ length: 50 }, () => 0));
  expect(replans.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
});

it('goes on where it was when it is interrupted, and leaves no ticket out', async () => {
  const now = await database.now();
  const count = 450;
  const first = await database.start();
  const ids = await database.open(...Array.from({ length: count }, () => ({ dueAt: now + 30 * minute })));
  await eventually(async () => {
    const { rows } = await database.pool.query('select from sla_timer.deadlines');
    expect(rows).toHaveLength(count);
  });
  const { position } = await database.publish(lasting('PT2H'), 2);
  await eventually(
    async () => expect(await database.count('DeadlineReplanned')).toBeGreaterThanOrEqual(100),
    { interval: 1 },
  );
  await first.stop();
  const interrupted = (await listReplans(database.pool, 10))[0];
  expect(interrupted?.finishedAt).toBeNull();
  expect(interrupted?.done).toBeGreaterThan(0);
  expect(interrupted?.total).toBe(count);
  await database.start();
  await eventually(() => finished(position));
  await eventually(async () => expect(await database.count('DeadlineReplanned')).toBe(count));
  for (const id of ids.slice(0, 20)) expect(await database.said(id)).toEqual(['DeadlineReplanned']);
  expect(await finished(position)).toMatchObject({ done: count, total: count });
});
