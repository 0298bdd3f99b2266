import { fileURLToPath } from 'node:url';
import { createEventLog, type EventLog } from '@ringback/event-log';
import { createSecrets } from '@ringback/service-kit';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type OwnServer,
  startOwnServer,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogWriter, type LogWriter } from '../testing/log-writer.ts';
import { breach } from '../testing/notification-server.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

const main = fileURLToPath(new URL('../testing/hostile-process.ts', import.meta.url));
const key = 'a-key-for-the-hostile-tests';
const secretKey = 'a-secret-of-the-hostile-tests-32-long';
const servers: OwnServer[] = [];

let database: TestDatabase;
let log: EventLog;
let writer: LogWriter;
let receiver: Receiver;

/** Resolves once the process is ready, or has ended before it was. */
async function start(): Promise<OwnServer & { client: HttpClient }> {
  const environment = {
    DATABASE_URL: database.url,
    SECRET_KEY: secretKey,
    ALLOW_PRIVATE_WEBHOOKS: 'true',
    LOG_LEVEL: 'silent',
  };
  const server = await startOwnServer({ main, environment, mayEnd: true });
  servers.push(server);
  return { ...server, client: createHttpClient(server.url, key) };
}

const notificationOf = async (subscriptionId: string) =>
  (
    await database.pool.query('select * from notification.notifications where subscription_id = $1', [
      subscriptionId,
    ])
  ).rows[0];

beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await startReceiver();
  await (await start()).stop();
  log = createEventLog({ pool: database.pool });
  writer = createLogWriter(log, createSecrets(secretKey));
  await writer.defineKey(key);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await log?.close();
  await receiver?.close();
  await database?.drop();
});

it('A notification that ends the process three times is dead, and those around it are delivered', {
  timeout: 180_000,
}, async () => {
  const { port } = new URL(receiver.url);
  const names = ['one', 'two', 'poison', 'three', 'four', 'five'];
  const ids = new Map<string, string>();
  for (const name of names)
    ids.set(name, (await writer.subscribe({ url: `http://${name}.example:${port}/${name}` })).id);
  const poison = ids.get('poison') ?? '';
  await writer.append(await writer.openTicket(), breach());

  for (let death = 1; death <= 3; death += 1) {
    await (await start()).exit;
    expect(await notificationOf(poison)).toMatchObject({
      state: 'pending',
      unfinished: death,
      attempts: death,
    });
  }
  const last = await start();
  await eventually(async () => expect((await notificationOf(poison))?.state).toBe('dead'));
  await eventually(async () => {
    for (const name of names.filter((each) => each !== 'poison'))
      expect(await notificationOf(ids.get(name) ?? '')).toMatchObject({ state: 'delivered', unfinished: 0 });
  });
  const { body } = await last.client.get('/v1/notifications?state=dead');
  expect(body.items).toMatchObject([
    { subscriptionId: poison, attempts: 3, detail: 'sending it ended the process 3 times' },
  ]);
  expect((await last.client.get('/metrics')).body).toContain('ringback_notifications_set_aside 1\n');

  // A replay is one more try: when that ends the process too, the next start gives it up again.
  expect((await last.client.post(`/v1/notifications/${body.items[0].id}/replay`)).status).toBe(200);
  await last.exit;
  await start();
  await eventually(async () => expect((await notificationOf(poison))?.state).toBe('dead'));
  await writer.define('subscription', poison, 'SubscriptionRemoved', {});
  await writer.append(await writer.openTicket(), breach());
  await eventually(
    () => receiver.received.filter(({ headers }) => headers.host?.startsWith('five')).length === 2,
  );
});
