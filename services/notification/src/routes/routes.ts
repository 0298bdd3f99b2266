import type { Defined } from '@ringback/directory';
import { NotificationChannel, type Subscription } from '@ringback/domain/administration';
import { Instant, plainText } from '@ringback/domain/ticket';
import {
  cursorNumber,
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
import * as z from 'zod';
import { notificationStates } from '../delivery/notification.ts';
import {
  listNotifications,
  readNotification,
  replayableStates,
  replayNotifications,
} from '../delivery/notification-store.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import { once } from './once.ts';

const Notification = z
  .object({
    id: z.uuid().meta({ description: 'The `webhook-id`; the same over all tries' }),
    subscriptionId: z.string().meta({ description: 'A subscription, or `on-call:<id>`' }),
    channel: NotificationChannel,
    target: z.string().meta({ description: 'URL or e-mail address' }),
    eventId: z.uuid(),
    eventType: z.string().meta({ example: 'SlaBreached' }),
    ticketId: z.string(),
    position: z.int().meta({ description: 'Of the event in the log' }),
    state: z.enum(notificationStates).meta({
      description:
        '`waiting`: for a mail server; `dead`: not tried again by itself; `superseded`: no longer true or asked for',
    }),
    attempts: z.int().meta({ description: 'Tries so far, since it was last replayed' }),
    nextAttemptAt: Instant.nullable(),
    createdAt: Instant,
    firstAttemptAt: Instant.nullable(),
    deliveredAt: Instant.nullable(),
    detail: z.string().nullable().meta({ description: 'Why the last try failed, or what it waits for' }),
  })
  .meta({ id: 'Notification' });
const outcomes = [
  'delivered',
  'failed',
  'refused',
  'gone',
  'waiting',
] as const satisfies DeliveryOutcome['kind'][];
const Try = z
  .object({
    attempt: z.int(),
    startedAt: Instant,
    milliseconds: z.int(),
    outcome: z.enum(outcomes),
    status: z.int().nullable().meta({ description: 'Of HTTP or SMTP' }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'NotificationAttempt' });
const TestOutcome = z
  .object({
    outcome: z.enum(outcomes),
    status: z.int().nullable().meta({ description: 'Of HTTP or SMTP' }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'TestOutcome' });
const ReplayRequest = z
  .strictObject({
    subscriptionId: plainText(200).optional().meta({ description: 'Default: of every subscription' }),
    state: z.enum(replayableStates).default('dead').meta({
      description: '`pending`: do not wait for the next try, for example once a receiver works again',
    }),
  })
  .prefault({});
const CursorPosition = z.object({ position: cursorNumber, id: z.uuid() });
const params = z.object({ id: z.uuid() });
const catchUpMilliseconds = 1_000;

export interface RouteOptions {
  context: ServiceContext;
  /** Makes one try, at once. */
  test(subscription: Defined<Subscription>): Promise<DeliveryOutcome>;
  onReplayed(): void;
}

/** What was sent to whom, and sending again. */
export function notificationRoutes(
  app: FastifyInstance,
  { context: { pool, log, directory }, test, onReplayed }: RouteOptions,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'operations' as const };
  const tags = ['notifications'];

  routes.get(
    '/notifications',
    {
      config,
      schema: {
        tags,
        operationId: 'listNotifications',
        summary: 'List notifications',
        description: 'The latest first; `state=dead` is what no one will try again by itself.',
        querystring: PageQuery.extend({
          state: z.enum(notificationStates).optional(),
          subscriptionId: z.string().max(200).optional(),
          ticketId: z.string().max(100).optional(),
        }),
        response: { 200: pageOf(Notification), ...problemResponses() },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const before = cursor === undefined ? null : decodeCursor(request, cursor, CursorPosition);
      const found = await listNotifications(pool, filter, before, limit + 1);
      const items = found.slice(0, limit);
      const last = items[items.length - 1];
      const next =
        found.length > limit && last !== undefined
          ? encodeCursor(request, { position: last.position, id: last.id })
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
        operationId: 'getNotification',
        summary: 'Read a notification and its tries',
        description: 'The latest 200 tries.',
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
        operationId: 'replayNotification',
        summary: 'Send a notification at once',
        description:
          'One that is dead begins again with its first try; one that is pending does not wait for its next.',
        params,
        response: {
          200: Notification,
          ...problemResponses('notification-not-found', 'replay-refused', 'idempotency-key-reused'),
        },
      },
    },
    async (request) =>
      await once(request, log, async () => {
        const { id } = request.params;
        const replayed = await replayNotifications(pool, { id, states: replayableStates });
        const found = await readNotification(pool, id);
        if (found === null) throw new Problem('notification-not-found');
        if (replayed === 0)
          throw new Problem('replay-refused', {
            detail: `It is ${found.state}: what is dead, or waits for its next try, can be sent at once.`,
          });
        onReplayed();
        const { tries: _, ...notification } = found;
        return { ...notification };
      }),
  );
  routes.post(
    '/notifications/replay',
    {
      config,
      schema: {
        tags,
        operationId: 'replayNotifications',
        summary: 'Send notifications at once',
        description:
          'Those that are dead, each from its first try, or those that are pending, which do not wait for their next: all of ' +
          'them, or those of a subscription.',
        body: ReplayRequest,
        response: { 200: z.object({ replayed: z.int() }), ...problemResponses('idempotency-key-reused') },
      },
    },
    async (request) =>
      await once(request, log, async () => {
        const { subscriptionId, state } = request.body;
        const replayed = await replayNotifications(pool, { subscriptionId, states: [state] });
        onReplayed();
        return { replayed };
      }),
  );
  routes.post(
    '/subscriptions/:id/test',
    {
      config,
      schema: {
        tags,
        operationId: 'testSubscription',
        summary: 'Try a subscription',
        description:
          'Sends an event of type `ringback.test`, or a test e-mail, once and at once, even where the subscription is ' +
          'disabled, and tells what became of it.',
        params: z.object({ id: z.string().max(200) }),
        response: {
          200: TestOutcome,
          ...problemResponses('subscription-not-found', 'idempotency-key-reused'),
        },
      },
    },
    async (request) =>
      await once(request, log, async () => {
        const subscription = await findSubscription(request.params.id);
        if (subscription === null) throw new Problem('subscription-not-found');
        const { kind, status, detail } = await test(subscription);
        return { outcome: kind, status, detail };
      }),
  );

  /** One that was made by another process a moment ago is found too. */
  async function findSubscription(id: string): Promise<Defined<Subscription> | null> {
    const find = () => directory.subscriptions().find((each) => each.id === id) ?? null;
    const known = find();
    if (known !== null) return known;
    const { position } = await log.head();
    await directory.whenProcessed(position, catchUpMilliseconds);
    return find();
  }
}
