import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../delivery/settings.ts';
import {
  breach,
  type NotificationServer,
  replanning,
  retraction,
  startNotification,
  warning,
} from '../../testing/notification-server.ts';
import { type Received, type Receiver, startReceiver } from '../../testing/receiver.ts';

let server: NotificationServer;
let receiver: Receiver;
beforeAll(async () => {
  server = await startNotification();
});
afterAll(() => server.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const { id } of server.context.directory.subscriptions())
    await server.define('subscription', id, 'SubscriptionRemoved', {});
  await receiver.close();
});

const typesOf = () => receiver.received.map(({ body }) => JSON.parse(body).type);
const delivered = async (ticketId: string) =>
  (await server.client.get(`/v1/notifications?ticketId=${ticketId}`)).body.items;

describe('a webhook', () => {
  it('is signed so that the receiver’s own library believes it, and no other body', async () => {
    const { secret } = await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => receiver.received.length === 1);
    const { headers, body } = receiver.received[0] as Received;
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      specversion: '1.0',
      type: 'SlaBreached',
      subject: ticket,
      data: { objective: 'response', ticket: { id: ticket, customerId: 'bakery', subject: 'No dial tone' } },
    });
    expect(() => new Webhook(secret).verify(body.replace('response', 'restore'), headers)).toThrow();
    expect(headers['content-type']).toContain('application/cloudevents+json');
  });

  it('goes to those who ask for the event and the customer, once each', async () => {
    await server.subscribe({ url: `${receiver.url}/all` });
    await server.subscribe({ url: `${receiver.url}/bakery`, customerId: 'bakery' });
    await server.subscribe({ url: `${receiver.url}/dentist`, customerId: 'dentist' });
    await server.subscribe({ url: `${receiver.url}/off`, enabled: false });
    await server.subscribe({ url: `${receiver.url}/opened`, eventTypes: ['TicketOpened'] });
    const ticket = await server.openTicket('bakery');
    await server.append(ticket, warning());
    await server.append(ticket, breach());
    await eventually(async () =>
      expect(
        (await delivered(ticket)).filter(({ state }: { state: string }) => state === 'delivered'),
      ).toHaveLength(5),
    );
    const told = (await delivered(ticket)).map(
      ({ target, eventType }: { target: string; eventType: string }) =>
        `${eventType} ${target.split('/').at(-1)}`,
    );
    expect(told.sort()).toEqual([
      'SlaBreached all',
      'SlaBreached bakery',
      'SlaTargetMissed all',
      'SlaTargetMissed bakery',
      'TicketOpened opened',
    ]);
  });

  it('tells nothing that happened before the subscription', async () => {
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await server.subscribe({ url: receiver.url });
    await server.append(ticket, breach(2));
    await eventually(() => receiver.received.length === 1);
    expect(JSON.parse(receiver.received[0]?.body ?? '').data.occurrence).toBe(2);
  });

  it('that fails is tried again under the same id, and each try is recorded', async () => {
    receiver.answers.unshift({ status: 500 });
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(async () =>
      expect((await delivered(ticket))[0]).toMatchObject({
        state: 'pending',
        attempts: 1,
        detail: 'the receiver answered 500',
      }),
    );
    await server.database.pool.query(
      'update notification.notifications set next_attempt_at = clock_timestamp() where ticket_id = $1',
      [ticket],
    );
    await eventually(() => receiver.received.length === 2);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const { id } = (await delivered(ticket))[0];
    await eventually(async () => {
      const { body } = await server.client.get(`/v1/notifications/${id}`);
      expect(body.tries).toMatchObject([
        { outcome: 'failed', status: 500 },
        { outcome: 'delivered', status: 204 },
      ]);
    });
  });

  it('whose receiver asks for months of silence is sent within a day, and at once when an operator says so', async () => {
    receiver.answers.unshift({ status: 503, headers: { 'retry-after': '9999999' } });
    const { id: subscriptionId } = await server.subscribe({ url: receiver.url });
    const [first, second] = [await server.openTicket(), await server.openTicket()];
    await server.append(first, breach());
    const waiting = await eventually(async () => {
      const [notification] = await delivered(first);
      expect(notification).toMatchObject({ attempts: 1, state: 'pending' });
      return notification;
    });
    expect(Date.parse(waiting.nextAttemptAt) - Date.now()).toBeLessThanOrEqual(86_400_000);
    const body = { subscriptionId, state: 'pending' };
    expect((await server.client.post('/v1/notifications/replay', body)).body).toEqual({ replayed: 1 });
    await eventually(async () => expect((await delivered(first))[0]).toMatchObject({ state: 'delivered' }));

    receiver.answers.unshift({ status: 503, headers: { 'retry-after': 'Fri, 31 Dec 2199 00:00:00 GMT' } });
    await server.append(second, breach());
    const [{ id }] = await eventually(async () => {
      const found = await delivered(second);
      expect(found[0]).toMatchObject({ attempts: 1, state: 'pending' });
      return found;
    });
    expect((await server.client.post(`/v1/notifications/${id}/replay`)).status).toBe(200);
    await eventually(async () => expect((await delivered(second))[0]).toMatchObject({ state: 'delivered' }));
    expect((await server.client.post(`/v1/notifications/${id}/replay`)).status).toBe(409);
  });

  it('honours Retry-After, and follows no redirect', async () => {
    receiver.answers.unshift({ status: 429, headers: { 'retry-after': '3600' } });
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    const waiting = await eventually(async () => {
      const [notification] = await delivered(ticket);
      expect(notification).toMatchObject({ attempts: 1 });
      return notification;
    });
    expect(Date.parse(waiting.nextAttemptAt) - Date.parse(waiting.createdAt)).toBeGreaterThan(3_500_000);
    receiver.answers.unshift({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    const other = await server.openTicket();
    await server.append(other, breach());
    await eventually(async () =>
      expect((await delivered(other))[0]).toMatchObject({ detail: 'the receiver answered 302' }),
    );
    expect(receiver.received).toHaveLength(2);
  });

  it('that no one takes is dead after the last try, listed, and sent again on demand', async () => {
    receiver.answers.splice(0, 1, { status: 503 });
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => receiver.received.length === 1);
    await server.database.pool.query(
      'update notification.notifications set attempts = $2, next_attempt_at = clock_timestamp() where ticket_id = $1',
      [ticket, defaultSettings.retryDelays.length],
    );
    const dead = await eventually(async () => {
      const { body } = await server.client.get(`/v1/notifications?state=dead&ticketId=${ticket}`);
      expect(body.items).toHaveLength(1);
      return body.items[0];
    });
    receiver.answers.splice(0, 1, { status: 200 });
    expect((await server.client.post(`/v1/notifications/${dead.id}/replay`)).status).toBe(200);
    await eventually(async () => expect((await delivered(ticket))[0].state).toBe('delivered'));
    expect((await server.client.post(`/v1/notifications/${dead.id}/replay`)).body.code).toBe(
      'replay-refused',
    );
  });

  it('answered 410 ends what waits for that receiver', async () => {
    receiver.answers.splice(0, 1, { status: 410 });
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(async () =>
      expect((await delivered(ticket))[0]).toMatchObject({
        state: 'dead',
        detail: 'the receiver wants no more (410)',
      }),
    );
    // Where everybody looks, not in a table of ours alone.
    await eventually(() =>
      expect(server.context.directory.subscriptions().filter(({ enabled }) => enabled)).toEqual([]),
    );
  });

  it('to a dead target delays no one else', async () => {
    await server.subscribe({ url: 'http://127.0.0.1:9/' });
    await server.subscribe({ url: receiver.url });
    const tickets = await Promise.all(Array.from({ length: 12 }, () => server.openTicket()));
    await Promise.all(tickets.map((ticket) => server.append(ticket, breach())));
    await eventually(() => receiver.received.length === 12);
  });

  it('can be tried', async () => {
    const { id } = await server.subscribe({ url: receiver.url });
    expect((await server.client.post(`/v1/subscriptions/${id}/test`)).body).toMatchObject({
      outcome: 'delivered',
      status: 204,
    });
    expect(typesOf()).toEqual(['ringback.test']);
  });
});

it('is sent where the subscription points by now', async () => {
  const id = randomUUID();
  const secret = server.context.secrets.seal(`whsec_${Buffer.from(randomUUID()).toString('base64')}`);
  const subscription = {
    ...{ channel: 'webhook', name: 'Test', email: null, eventTypes: [], customerId: null, enabled: true },
    secret,
  };
  await server.define('subscription', id, 'SubscriptionDefined', {
    ...subscription,
    url: 'http://127.0.0.1:9/',
  });
  const ticket = await server.openTicket();
  await server.append(ticket, breach());
  await eventually(async () => expect((await delivered(ticket))[0]).toMatchObject({ attempts: 1 }));
  await server.define('subscription', id, 'SubscriptionDefined', { ...subscription, url: receiver.url });
  await server.database.pool.query(
    'update notification.notifications set next_attempt_at = clock_timestamp() where ticket_id = $1',
    [ticket],
  );
  await eventually(() => receiver.received.length === 1);
  await eventually(async () =>
    expect((await delivered(ticket))[0]).toMatchObject({ state: 'delivered', target: receiver.url }),
  );
});

describe('a breach that is taken back', () => {
  it('is sent only after the breach itself, however long that takes', async () => {
    receiver.answers.unshift({ status: 500 });
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(async () => expect((await delivered(ticket))[0]).toMatchObject({ attempts: 1 }));
    // Its receiver may have it in spite of what it answered.
    await server.database.pool.query(
      'update notification.notifications set may_have_arrived = true where ticket_id = $1',
      [ticket],
    );
    await server.append(ticket, retraction());
    await eventually(async () => expect(await delivered(ticket)).toHaveLength(2));
    expect(typesOf()).toEqual(['SlaBreached']);
    await server.database.pool.query(
      'update notification.notifications set next_attempt_at = clock_timestamp() where ticket_id = $1',
      [ticket],
    );
    await eventually(() => receiver.received.length === 3);
    expect(typesOf()).toEqual(['SlaBreached', 'SlaBreached', 'SlaBreachRetracted']);
  });

  it('is sent to those who received the breach', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => receiver.received.length === 1);
    await server.append(ticket, retraction());
    await eventually(() => receiver.received.length === 2);
    expect(typesOf()).toEqual(['SlaBreached', 'SlaBreachRetracted']);
  });

  it('before it was sent is not sent at all, nor is its retraction', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    const { log } = server.context;
    await log.append({
      appends: [
        { stream: { category: 'ticket', id: ticket }, expected: 'any', events: [breach(), retraction()] },
      ],
      metadata: { actor: 'service:test' },
    });
    await eventually(async () => expect(await delivered(ticket)).toMatchObject([{ state: 'superseded' }]));
    expect(receiver.received).toEqual([]);
  });
});

describe('an alarm that an amended plan overtakes', () => {
  it('is followed by one correction, however often the plan is amended', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => receiver.received.length === 1);
    await server.append(ticket, replanning(7, 'max'));
    await eventually(() => receiver.received.length === 2);
    await server.append(ticket, replanning(8, 'max'));
    await server.append(ticket, breach(2));
    await eventually(() => receiver.received.length === 3);
    expect(typesOf()).toEqual(['SlaBreached', 'DeadlineReplanned', 'SlaBreached']);
    expect(JSON.parse(receiver.received[1]?.body ?? '').data).toMatchObject({
      notStanding: ['max'],
      after: { dueAt: '2026-03-03T09:00:00.000Z' },
    });
  });

  it('before it was sent is not sent at all, nor is a correction', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    const stream = { category: 'ticket' as const, id: ticket };
    await server.context.log.append({
      appends: [
        { stream, expected: 'any', events: [warning(), breach(), replanning(7, 'target', 'max'), breach(2)] },
      ],
      metadata: { actor: 'service:test' },
    });
    await eventually(() => receiver.received.length === 1);
    expect(JSON.parse(receiver.received[0]?.body ?? '').data).toMatchObject({ occurrence: 2 });
    expect((await delivered(ticket)).map(({ state }: { state: string }) => state).sort()).toEqual([
      'delivered',
      'superseded',
      'superseded',
    ]);
  });

  it('says it once to whoever was told of the warning and of the breach', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, warning());
    await server.append(ticket, breach());
    await eventually(() => receiver.received.length === 2);
    await server.append(ticket, replanning(7, 'target', 'max'));
    await eventually(() => receiver.received.length === 3);
    await server.append(ticket, breach(2));
    await eventually(() => receiver.received.length === 4);
    expect(typesOf().filter((type) => type === 'DeadlineReplanned')).toHaveLength(1);
  });

  it('and which would still stand is left alone: no one who did not ask hears of the re-plan', async () => {
    await server.subscribe({ url: receiver.url });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await server.append(ticket, replanning(7));
    await server.append(ticket, breach(2));
    await eventually(() => receiver.received.length === 2);
    expect(typesOf()).toEqual(['SlaBreached', 'SlaBreached']);
  });
});

describe('on call', () => {
  it('is alerted to a ticket of its priorities', async () => {
    const secret = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`;
    const entry = {
      catalog: null,
      priorities: ['urgent'],
      email: null,
      url: receiver.url,
      secret: server.context.secrets.seal(secret),
    };
    await server.define('on-call', 'standby', 'OnCallDefined', entry);
    const ticket = await server.openTicket();
    await eventually(() => receiver.received.length === 1);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'TicketOpened',
      subject: ticket,
    });
    await server.define('on-call', 'standby', 'OnCallRemoved', {});
  });
});
