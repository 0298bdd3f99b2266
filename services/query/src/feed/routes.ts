import { breachTypes, type TicketEventType, ticketEventTypes } from '@ringback/domain/ticket';
import { fieldProblem, type Identity, Problem, problemResponses, wholeNumber } from '@ringback/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { isVisible } from '../visibility.ts';
import type { FeedFilter } from './feed-filter.ts';

const FeedQuery = z.strictObject({
  types: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: 'Event types, separated by commas', example: 'SlaBreached' }),
  only: z.enum(['breaches']).optional().meta({ description: 'Warnings, breaches and retractions' }),
  ticket: z.uuid().optional(),
  lastEventId: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'As the header `Last-Event-ID`' }),
  log: z.string().max(100).optional().meta({
    description: 'The `Ringback-Log` that the position belongs to; 410 if the log is another one',
  }),
});

/** `GET /v1/feed`: the event stream as server-sent events. */
export function feedRoutes(app: FastifyInstance, { feed, logIdentity }: QueryContext): void {
  app.addHook('preClose', async () => feed.close());
  app.withTypeProvider<ZodTypeProvider>().get(
    '/feed',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags: ['feed'],
        operationId: 'openFeed',
        summary: 'Follow the event stream',
        description:
          'Server-sent events, each a CloudEvent; `id` is the log’s position. Without `Last-Event-ID` the feed begins ' +
          'now. After a break, resume with the last `id`: no event is missed or repeated. Pass the `Ringback-Log` ' +
          'header of the first answer as `log`: if the log was restored meanwhile, its positions stand for other ' +
          'events, and the answer is 410. An idle feed sends a comment with the present `id` at least every 15 ' +
          'seconds. A connection that accepts no data for a minute is closed. A customer’s key gets the events of ' +
          'tickets that belong to that customer when they are sent.',
        querystring: FeedQuery,
        response: {
          200: {
            description: 'Open until either side closes it. The header `Ringback-Log` names the log',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problemResponses('feed-position-unknown', 'too-many-feeds'),
        },
      },
    },
    async (request, reply) => {
      const filter = readFilter(request.query, request.identity);
      const given = readLastEventId(request);
      const place = await feed.enter(request.identity);
      const log = logIdentity.name();
      try {
        requireKnown(given ?? 0, request.query.log ?? log, { position: place.head, log });
      } catch (problem) {
        place.leave();
        throw problem;
      }
      const headers = {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-request-id': request.id,
        'ringback-log': log,
      };
      const { raw } = reply;
      if (request.method === 'HEAD' || raw.destroyed || request.raw.destroyed) {
        place.leave();
        return await reply.headers(headers).send('');
      }
      reply.hijack();
      // The body ends with the connection, so that one buffer without chunk headers serves thousands of connections.
      raw.shouldKeepAlive = false;
      raw.useChunkedEncodingByDefault = false;
      raw.writeHead(200, headers);
      place.open(raw, filter, given ?? place.head);
    },
  );
}

function readFilter({ types, only, ticket }: z.infer<typeof FeedQuery>, identity: Identity): FeedFilter {
  if (only !== undefined && types !== undefined)
    throw fieldProblem('/query/types', 'has no use besides "only": leave one of them out');
  const { customerId } = identity;
  const wanted = only === 'breaches' ? breachTypes : types === undefined ? null : readTypes(types);
  const isForAll = wanted === null && customerId === null;
  const visible = (wanted ?? ticketEventTypes).filter((type) => isVisible(type, identity));
  return { customerId, ticketId: ticket ?? null, types: isForAll ? null : new Set(visible) };
}

/** The last position that the client has seen; null: begin now. */
function readLastEventId({
  headers,
  query,
}: FastifyRequest<{ Querystring: z.infer<typeof FeedQuery> }>): number | null {
  const header = headers['last-event-id'];
  return typeof header === 'string' ? readPosition(header) : (query.lastEventId ?? null);
}

/** Throws `feed-position-unknown`. */
function requireKnown(position: number, log: string, present: { position: number; log: string }): void {
  if (log === present.log && position <= present.position) return;
  const fault =
    log === present.log
      ? `Position ${position} is beyond the head of the log, ${present.position}. The log was restored.`
      : 'The position belongs to another log. The log was restored.';
  throw new Problem('feed-position-unknown', {
    detail:
      `${fault} Read your copy again, for example with GET /v1/tickets, then open the feed with the ` +
      'Ringback-Position and the Ringback-Log of that answer.',
    extra: present,
    headers: { 'ringback-log': present.log },
  });
}

function readPosition(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const detail = 'must be the id of an event of this feed, a whole number';
  throw fieldProblem('/headers/last-event-id', detail);
}

function readTypes(text: string): string[] {
  const names = text.split(',').map((each) => each.trim());
  const unknown = names.find((name) => !ticketEventTypes.includes(name as TicketEventType));
  if (unknown === undefined) return names;
  const detail = `"${unknown}" is not an event type; allowed are ${ticketEventTypes.join(', ')}`;
  throw fieldProblem('/query/types', detail);
}
