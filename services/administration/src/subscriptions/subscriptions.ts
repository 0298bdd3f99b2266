import { randomBytes, randomUUID } from 'node:crypto';
import type { Defined } from '@ringback/directory';
import {
  AdministrationId,
  NotificationChannel,
  notificationChannels,
  type Subscription,
  SubscriptionRequest,
  storedTargets,
  targetsOf,
} from '@ringback/domain/administration';
import {
  changeDefinition,
  createDefinition,
  ListQuery,
  Problem,
  pageByKey,
  pageOf,
  problemResponses,
  requireCustomer,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';

const SubscriptionRepresentation = z
  .object({
    id: z.string(),
    version: z.int(),
    channel: NotificationChannel,
    name: z.string(),
    ...storedTargets,
    eventTypes: z.array(z.string()),
    customerId: z.string().nullable(),
    enabled: z.boolean(),
  })
  .meta({ id: 'Subscription' });
const Created = SubscriptionRepresentation.extend({
  secret: z
    .string()
    .nullable()
    .meta({ description: 'Signs the webhooks (Standard Webhooks); shown only now', example: 'whsec_…' }),
});
const params = z.object({ id: AdministrationId });

/** Who receives which events: signed webhooks and e-mails. */
export function subscriptionRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, secrets } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['subscriptions'];
  const find = (id: string) => directory.subscriptions().find((each) => each.id === id) ?? null;
  const represent = (record: Defined<Subscription> | (Subscription & { id: string; version: number })) => {
    const { id, version, channel, name, eventTypes, customerId, enabled } = record;
    return { id, version, channel, name, ...targetsOf(record), eventTypes, customerId, enabled };
  };

  routes.post(
    '/subscriptions',
    {
      config,
      schema: {
        tags,
        operationId: 'addSubscription',
        summary: 'Subscribe to events',
        description:
          'Without event types: warnings, breaches and retractions. Events from now on are delivered.',
        body: SubscriptionRequest,
        response: { 201: Created, ...problemResponses() },
      },
    },
    async (request, reply) => {
      await requireCustomer(request.body.customerId, directory);
      const id = randomUUID();
      const secret = notificationChannels[request.body.channel].isSigned
        ? `whsec_${randomBytes(32).toString('base64')}`
        : null;
      const data = { ...request.body, secret: secret === null ? null : secrets.seal(secret) };
      const change = { kind: 'subscription' as const, id, type: 'SubscriptionDefined' as const, data };
      const answer = { ...represent({ id, version: 1, ...data }), secret };
      return await createDefinition(request, reply, context, change, answer);
    },
  );
  routes.put(
    '/subscriptions/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'changeSubscription',
        summary: 'Change a subscription',
        params,
        body: SubscriptionRequest,
        response: { 200: SubscriptionRepresentation, ...problemResponses('subscription-not-found') },
      },
    },
    async (request, reply) => {
      const present = find(request.params.id);
      if (present === null) throw new Problem('subscription-not-found');
      await requireCustomer(request.body.customerId, directory);
      const data = { ...request.body, secret: present.secret };
      const version = await changeDefinition(request, context, {
        kind: 'subscription',
        id: present.id,
        type: 'SubscriptionDefined',
        data,
        present,
      });
      setVersion(reply, version);
      return represent({ id: present.id, version, ...data });
    },
  );
  routes.get(
    '/subscriptions/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getSubscription',
        summary: 'Read a subscription',
        params,
        response: { 200: SubscriptionRepresentation, ...problemResponses('subscription-not-found') },
      },
    },
    ({ params: { id } }) => {
      const present = find(id);
      if (present === null) throw new Problem('subscription-not-found');
      return represent(present);
    },
  );
  routes.get(
    '/subscriptions',
    {
      config,
      schema: {
        tags,
        operationId: 'listSubscriptions',
        summary: 'List subscriptions',
        querystring: ListQuery,
        response: { 200: pageOf(SubscriptionRepresentation), ...problemResponses() },
      },
    },
    (request) => pageByKey(request, directory.subscriptions().map(represent), ({ id }) => id),
  );
  routes.delete(
    '/subscriptions/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'removeSubscription',
        summary: 'End a subscription',
        params,
        response: { 204: z.null(), ...problemResponses('subscription-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (find(id) === null) throw new Problem('subscription-not-found');
      await changeDefinition(request, context, {
        kind: 'subscription',
        id,
        type: 'SubscriptionRemoved',
        data: {},
        present: null,
      });
      return reply.status(204).send(null);
    },
  );
}
