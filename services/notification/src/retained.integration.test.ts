import { createLogger, createRetention } from '@ringback/service-kit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retainedByNotification } from './retained.ts';
import { type NotificationServer, startNotification } from './testing/notification-server.ts';

let server: NotificationServer;
beforeAll(async () => {
  server = await startNotification();
});
afterAll(() => server.stop());

async function store(
  type: string,
  state: string,
  age: number,
  follows: string | null = null,
): Promise<string> {
  const { rows } = await server.database.pool.query<{ id: string }>(
    `insert into notification.notifications (subscription_id, channel, target, host, event_id, event_type, ticket_id,
       position, payload, state, created_at, follows, next_attempt_at)
     values ('s', 'webhook', 'http://receiver.example', 'receiver.example', gen_random_uuid(), $1, 't', 1, '{}', $2,
       clock_timestamp() - make_interval(days => $3), $4, 'infinity') returning id`,
    [type, state, age, follows],
  );
  return rows[0]?.id ?? '';
}

it('Notifications that are over go after their days with their attempts; what is still to be sent stays.', async () => {
  const { pool } = server.database;
  const breach = await store('breach', 'delivered', 100);
  await store('retraction', 'delivered', 95, breach);
  const followed = await store('followed', 'delivered', 100);
  await store('pending', 'pending', 91, followed);
  await store('dead', 'dead', 91);
  await store('new', 'delivered', 89);
  await store('waiting', 'waiting', 400);
  await pool.query(
    `insert into notification.attempts (notification_id, attempt, started_at, milliseconds, outcome)
     values ($1, 1, clock_timestamp(), 1, 'delivered')`,
    [breach],
  );
  const keep = { deliveries: 0, notifications: 90, idempotencyKeys: 0 };
  const logger = createLogger('silent', 'test');
  const options = { pool, logger, metrics: new Registry(), retained: retainedByNotification({ keep }) };
  expect(await createRetention(options).purge()).toBe(3);
  const { rows } = await pool.query<{ type: string }>(
    'select event_type as type from notification.notifications order by event_type',
  );
  expect(rows.map(({ type }) => type)).toEqual(['followed', 'new', 'pending', 'waiting']);
  expect((await pool.query('select from notification.attempts')).rowCount).toBe(0);
});
