import { randomUUID } from 'node:crypto';
import { migrate } from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { notificationMigrations } from '../migrations.ts';
import {
  type Capacity,
  forgetUnfinished,
  leaseNotifications,
  leaseSuspects,
  nextDue,
} from './lease-notifications.ts';
import type { LeasedNotification } from './notification.ts';
import { replayNotifications } from './notification-store.ts';
import { delivered } from './outcome.ts';
import { type Settlement, settleNotification } from './settle-notification.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.pool, 'notification', notificationMigrations);
});
beforeEach(() => database.pool.query('truncate notification.notifications, notification.attempts'));
afterAll(() => database.drop());

const minute = 60_000;
const capacityOf = (owner: string): Capacity => ({
  owner,
  ready: [],
  free: 100,
  perHost: 8,
  perLane: 4,
  hosts: new Map(),
  lanes: new Map(),
});
const mine = capacityOf(randomUUID());
const theirs = capacityOf(randomUUID());

/** One notification for each subscription. */
async function queue(...subscriptions: string[]): Promise<void> {
  for (const subscription of subscriptions)
    await database.pool.query(
      `insert into notification.notifications
         (subscription_id, channel, target, event_id, event_type, ticket_id, position, payload, host)
       values ($1, 'webhook', 'http://receiver.example', gen_random_uuid(), 'SlaBreached', 't', 1, '{"type": "SlaBreached"}', $1)`,
      [subscription],
    );
}
const names = (leased: LeasedNotification[]) => leased.map(({ addressee }) => addressee.id).sort();
const lease = (as: Capacity) => leaseNotifications(database.pool, as, minute);
const suspects = (as: Capacity) => leaseSuspects(database.pool, as, minute);
/** As when the process that holds them is gone. */
const expire = () =>
  database.pool.query(
    `update notification.notifications set leased_until = 'epoch' where leased_until is not null`,
  );
const settle = (notification: LeasedNotification, owner: string, settlement: Partial<Settlement> = {}) =>
  settleNotification(database.pool, notification, owner, {
    state: 'delivered',
    delay: 0,
    detail: null,
    target: notification.target,
    host: notification.host,
    attempt: { startedAt: new Date(0).toISOString(), milliseconds: 1, outcome: delivered(200) },
    ...settlement,
  });

it('A try is counted when it begins, and what has not ended is taken again by few at a time, then alone', async () => {
  await queue('a', 'b', 'c', 'd', 'e', 'f');
  expect(names(await lease(mine))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  await expire();
  expect(await lease(theirs)).toEqual([]);
  const few = await suspects(theirs);
  expect(few).toHaveLength(4);
  expect(few[0]).toMatchObject({ attempts: 2, unfinishedBefore: 1 });
  await expire();
  for (let nth = 0; nth < 4; nth += 1) {
    const alone = await suspects(theirs);
    expect(alone).toMatchObject([{ attempts: 3, unfinishedBefore: 2 }]);
    await settle(alone[0] as LeasedNotification, theirs.owner);
  }
  expect(await suspects(theirs)).toHaveLength(2);
});

it('Waiting for what is due does not end for what an earlier try has not ended', async () => {
  await queue('a');
  await lease(mine);
  await expire();
  expect(await nextDue(database.pool, mine)).toBe(null);
});

it('A try that has ended leaves no trace, whether it was recorded, lost to another, or could not be recorded', async () => {
  await queue('a');
  const [first] = await lease(mine);
  await settle(first as LeasedNotification, mine.owner, { state: 'pending' });
  const [second] = await lease(mine);
  expect(second).toMatchObject({ attempts: 2, unfinishedBefore: 0 });
  await expire();
  const [third] = await suspects(theirs);
  expect(third).toMatchObject({ attempts: 3, unfinishedBefore: 1 });
  expect(await settle(second as LeasedNotification, mine.owner)).toBe(false);
  await forgetUnfinished(database.pool, [third?.id ?? '']);
  await expire();
  expect(await lease(mine)).toMatchObject([{ attempts: 4, unfinishedBefore: 0 }]);
});

it('What is set aside keeps its mark, and a replay leaves it one try', async () => {
  await queue('a');
  await lease(mine);
  for (let nth = 0; nth < 3; nth += 1) {
    await expire();
    const [taken] = await suspects(mine);
    if (taken?.unfinishedBefore === 3)
      await settle(taken, mine.owner, { state: 'dead', setAside: true, attempt: null });
  }
  const { rows } = await database.pool.query(
    'select state, attempts, unfinished from notification.notifications',
  );
  expect(rows).toEqual([{ state: 'dead', attempts: 3, unfinished: 3 }]);
  await replayNotifications(database.pool, { states: ['dead'] });
  expect(await suspects(mine)).toMatchObject([{ attempts: 1, unfinishedBefore: 2 }]);
});
