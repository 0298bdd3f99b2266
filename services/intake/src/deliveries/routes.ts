import { type Adapter, adapters } from '@ringback/adapters';
import {
  cursorNumber,
  decodeCursor,
  encodeCursor,
  PageQuery,
  Problem,
  pageOf,
  problemResponses,
  type ServiceContext,
  wholeNumber,
} from '@ringback/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { deliveryStates } from './delivery-states.ts';
import { listDeliveries, replayDelivery, storeDelivery } from './delivery-store.ts';

const Delivery = z
  .object({
    id: z.int(),
    integrationId: z.string(),
    adapter: z.string(),
    receivedAt: z.iso.datetime(),
    contentType: z.string().nullable(),
    repeats: z.int().meta({ description: 'How often the same came again' }),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    detail: z.string().nullable().meta({ description: 'Why it failed' }),
  })
  .meta({ id: 'Delivery' });
const webhookParams = z.object({
  adapter: z.string().max(100).meta({ example: 'zammad-cti' }),
  integration: z.string().max(200).meta({ description: 'The integration’s secret token' }),
});
/** A delivery in the dialect that most phone systems speak; whatever else comes is stored too. */
const CallEvent = z
  .looseObject({
    event: z.enum(['newCall', 'answer', 'hangup']).meta({ description: 'What happened', example: 'newCall' }),
    callId: z.string().meta({ description: 'The same for all events of a call', example: 'call-1' }),
    direction: z.enum(['in', 'out']).optional().meta({ example: 'in' }),
    from: z.string().optional().meta({ description: 'The caller’s number', example: '442079460000' }),
    to: z.string().optional().meta({ description: 'The number that is called', example: '442079461111' }),
    user: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .meta({ description: 'Who is called, or answers' }),
    cause: z.string().optional().meta({ description: 'Why the call ended' }),
  })
  .meta({ description: 'The generic CTI dialect of Zammad' });
const describedBody = {
  'application/json': CallEvent,
  'application/x-www-form-urlencoded': CallEvent,
  'multipart/form-data': CallEvent,
};

/** Those that phone systems send with. */
const methods = ['POST', 'GET', 'PUT', 'HEAD', 'OPTIONS'] as const;
const operationIds = {
  POST: 'receiveDelivery',
  GET: 'receiveDeliveryByGet',
  PUT: 'receiveDeliveryByPut',
  HEAD: 'probeWebhookByHead',
  OPTIONS: 'probeWebhook',
} as const;
/** One that Fastify takes; what else stands in the header says nothing. */
const mediaType = /^[\w.+-]+\/[\w.+-]+/;

/** Where phone systems post to, and what became of their deliveries. */
export function webhookRoutes(app: FastifyInstance, context: ServiceContext, onStored: () => void): void {
  const { pool } = context;

  app.register(async (scope) => {
    // Any content type, also a wrong or missing one: a 415 makes phone systems give up.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', (request, _reply, done) => {
      if (!mediaType.test(request.headers['content-type'] ?? '')) {
        request.headers['content-type'] = 'application/octet-stream';
      }
      done();
    });
    const receive = async (request: FastifyRequest, reply: FastifyReply) => {
      const { adapter: name, integration: token } = request.params as z.infer<typeof webhookParams>;
      const adapter = Object.hasOwn(adapters, name) ? adapters[name] : undefined;
      const integration = await findIntegration(token, request, context);
      if (adapter === undefined || integration.adapter !== name) {
        throw request.server.rateLimits.refuse(request.ip, new Problem('integration-not-found'));
      }
      request.server.rateLimits.count(
        `integration ${integration.id}`,
        integration.requestsPerMinute ?? null,
        reply,
      );
      if (isProbe(request)) return answerAs(adapter, reply);
      const stored = await storeDelivery(pool, integration.id, name, {
        contentType: request.headers['content-type'] ?? null,
        query: queryOf(request.url),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      });
      if (stored === 'new') onStored();
      return answerAs(adapter, reply);
    };
    for (const method of methods) {
      const hasBody = method === 'POST' || method === 'PUT';
      scope.withTypeProvider<ZodTypeProvider>().route({
        method,
        url: '/webhooks/:adapter/:integration',
        exposeHeadRoute: false,
        config: { scope: 'public', hasRawQuery: true, ...(hasBody ? { describedBody } : {}) },
        schema: {
          tags: ['webhooks'],
          operationId: operationIds[method],
          summary: 'Receive from a phone system',
          description: 'Stored as it comes and answered as that system expects; interpreted afterwards.',
          security: [],
          params: webhookParams,
          response: {
            200: z.unknown(),
            ...problemResponses('integration-not-found', 'payload-too-large', 'rate-limited'),
          },
        },
        handler: receive,
      });
    }
  });

  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'operations' as const };
  routes.get(
    '/deliveries',
    {
      config,
      schema: {
        tags: ['webhooks'],
        operationId: 'listDeliveries',
        summary: 'List inbound deliveries',
        description: 'The latest first; `state=failed` is what waits to be looked at.',
        querystring: PageQuery.extend({ state: z.enum(deliveryStates).optional() }),
        response: { 200: pageOf(Delivery), ...problemResponses() },
      },
    },
    async (request) => {
      const { state, cursor, limit } = request.query;
      const before = cursor === undefined ? null : decodeCursor(request, cursor, cursorNumber);
      const found = await listDeliveries(pool, { state: state ?? null, before, limit: limit + 1 });
      const items = found.slice(0, limit);
      return {
        items,
        next: found.length > limit ? encodeCursor(request, items[items.length - 1]?.id) : null,
      };
    },
  );
  routes.post(
    '/deliveries/:id/replay',
    {
      config,
      schema: {
        tags: ['webhooks'],
        operationId: 'replayDelivery',
        summary: 'Interpret a delivery again',
        params: z.object({ id: wholeNumber(1, Number.MAX_SAFE_INTEGER) }),
        response: { 200: Delivery, ...problemResponses('delivery-not-found', 'replay-refused') },
      },
    },
    async ({ params: { id } }) => {
      const replayed = await replayDelivery(pool, id);
      if (replayed === null) throw new Problem('delivery-not-found');
      if (replayed === false)
        throw new Problem('replay-refused', { detail: 'It has not been interpreted yet.' });
      onStored();
      return replayed;
    },
  );
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

/** What asks whether somebody is there, and brings nothing that could be interpreted. */
const isProbe = ({ method }: FastifyRequest) => method === 'HEAD' || method === 'OPTIONS';

function answerAs({ answer: { status, contentType, body } }: Adapter, reply: FastifyReply) {
  return reply.status(status).header('content-type', contentType).serializer(String).send(body);
}

/**
 * The integration of a token, made on another server a moment ago too. Looks into memory first; of one address only so
 * many wrong tokens a minute are looked up in the log as well. Throws `integration-not-found` or `rate-limited`.
 */
async function findIntegration(token: string, { server, ip }: FastifyRequest, { directory }: ServiceContext) {
  const known = directory.integrationByToken(token);
  if (known !== null) return known;
  const refusal = server.rateLimits.refuse(ip, new Problem('integration-not-found'));
  if (refusal.code === 'rate-limited') throw refusal;
  await directory.catchUp();
  const found = directory.integrationByToken(token);
  if (found === null) throw refusal;
  return found;
}
