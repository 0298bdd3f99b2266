import { randomUUID } from 'node:crypto';
import {
  decodeCursor,
  encodeCursor,
  PageQuery,
  Problem,
  pageOf,
  problemResponses,
  type ServiceContext,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Agent } from 'undici';
import * as z from 'zod';
import {
  listNotifications,
  notificationStates,
  readNotification,
  replayNotifications,
} from './notification-store.ts';
import { sendWebhook } from './send-webhook.ts';

const Notification = z.object({
  id: z.uuid(),
  subscriptionId: z.string(),
  channel: z.string(),
  target: z.string(),
  eventId: z.uuid(),
  eventType: z.string(),
  ticketId: z.string(),
  position: z.int(),
  state: z.enum(notificationStates),
  attempts: z.int(),
  nextAttemptAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  deliveredAt: z.iso.datetime().nullable(),
  detail: z.string().nullable().meta({ description: 'Why the last try failed' }),
});
const Try = z.object({
  attempt: z.int(),
  startedAt: z.iso.datetime(),
  milliseconds: z.int(),
  outcome: z.string(),
  status: z.int().nullable(),
  detail: z.string().nullable(),
});
const TestOutcome = z.object({
  outcome: z.string(),
  status: z.int().nullable(),
  detail: z.string().nullable(),
});
const CursorPosition = z.object({ position: z.int(), id: z.uuid() });
const params = z.object({ id: z.uuid() });

/** What was sent to whom, and sending again. */
export function notificationRoutes(
  app: FastifyInstance,
  context: ServiceContext,
  agent: Agent,
  onReplayed: () => void,
): void {
  const { pool, administration, secrets, configuration } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'operations' as const };
  const tags = ['notifications'];

  routes.get(
    '/notifications',
    {
      config,
      schema: {
        tags,
        summary: 'List notifications',
        description: 'The latest first; `state=dead` is what nobody will try again by itself.',
        querystring: PageQuery.extend({
          state: z.enum(notificationStates).optional(),
          subscriptionId: z.string().max(200).optional(),
          ticketId: z.string().max(100).optional(),
        }),
        response: { 200: pageOf(Notification), ...problemResponses() },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const before = cursor === undefined ? null : decodeCursor(cursor, CursorPosition);
      const found = await listNotifications(pool, filter, before, limit + 1);
      const items = found.slice(0, limit);
      const last = items[items.length - 1];
      const next =
        found.length > limit && last !== undefined
          ? encodeCursor({ position: last.position, id: last.id })
          : null;
      return { items, next };
    },
  );
  routes.get(
    '/notifications/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Read a notification and its tries',
        params,
        response: {
          200: Notification.extend({ tries: z.array(Try) }),
          ...problemResponses('notification-not-found'),
        },
      },
    },
    async ({ params: { id } }) => {
      const found = await readNotification(pool, id);
      if (found === null) throw new Problem('notification-not-found');
      return found;
    },
  );
  routes.post(
    '/notifications/:id/replay',
    {
      config,
      schema: {
        tags,
        summary: 'Send a dead notification again',
        params,
        response: { 200: Notification, ...problemResponses('notification-not-found', 'replay-refused') },
      },
    },
    async ({ params: { id } }) => {
      const replayed = await replayNotifications(pool, { id });
      const found = await readNotification(pool, id);
      if (found === null) throw new Problem('notification-not-found');
      if (replayed === 0) throw new Problem('replay-refused', { detail: `It is ${found.state}, not dead.` });
      onReplayed();
      const { tries: _, ...notification } = found;
      return notification;
    },
  );
  routes.post(
    '/notifications/replay',
    {
      config,
      schema: {
        tags,
        summary: 'Send dead notifications again',
        body: z.strictObject({ subscriptionId: z.string().max(200).optional() }),
        response: { 200: z.object({ replayed: z.int() }), ...problemResponses() },
      },
    },
    async ({ body }) => {
      const replayed = await replayNotifications(pool, body);
      onReplayed();
      return { replayed };
    },
  );
  routes.post(
    '/subscriptions/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Try a webhook subscription',
        description: 'Sends an event of type `ringback.test` at once and tells what the receiver answered.',
        params: z.object({ id: z.string().max(200) }),
        response: { 200: TestOutcome, ...problemResponses('subscription-not-found') },
      },
    },
    async ({ params: { id } }) => {
      const subscription = administration.subscriptions().find((each) => each.id === id);
      if (subscription?.url == null || subscription.secret === null)
        throw new Problem('subscription-not-found');
      const time = new Date(context.clock.now()).toISOString();
      const event = {
        specversion: '1.0',
        id: randomUUID(),
        source: '/ringback',
        type: 'ringback.test',
        time,
        datacontenttype: 'application/json',
        data: {},
      };
      const message = {
        id: event.id,
        url: subscription.url,
        secret: secrets.open(subscription.secret),
        body: JSON.stringify(event),
      };
      const { kind, status, detail } = await sendWebhook(message, agent, configuration.allowPrivateWebhooks);
      return { outcome: kind, status, detail };
    },
  );
}
