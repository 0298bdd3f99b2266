import { once } from 'node:events';
import { breachTypes, type TicketEventType, ticketEventTypes } from '@ringback/domain/ticket';
import { fieldProblem, problemResponses, wholeNumber } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { type FeedSink, formatFeedPosition, serveFeed } from '../feed/feed-connection.ts';
import { isVisible } from '../visibility.ts';

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
});

/** `GET /v1/feed`: the event stream as server-sent events. */
export function feedRoutes(app: FastifyInstance, { feed, log }: QueryContext): void {
  app.addHook('preClose', async () => feed.close());
  app.withTypeProvider<ZodTypeProvider>().get(
    '/feed',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags: ['feed'],
        summary: 'Follow the event stream',
        description:
          'Server-sent events, each a CloudEvent; `id` is the log’s position. After a break go on where you were with ' +
          '`Last-Event-ID`: nothing is missed, nothing comes twice.',
        querystring: FeedQuery,
        response: {
          200: {
            description: 'Until one of the two breaks it off',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problemResponses(),
        },
      },
    },
    async (request, reply) => {
      const { types, only, ticket, lastEventId } = request.query;
      if (only !== undefined && types !== undefined)
        throw fieldProblem('/query/types', 'has no use beside "only": leave one of them out');
      const header = request.headers['last-event-id'];
      const after =
        typeof header === 'string' ? readPosition(header) : (lastEventId ?? (await log.head()).position);
      const wanted =
        only === 'breaches' ? breachTypes : types === undefined ? [...ticketEventTypes] : readTypes(types);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-request-id': request.id,
      });
      raw.write(formatFeedPosition(after));
      const sink: FeedSink = {
        write: (text) => raw.write(text),
        drained: async () => {
          await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
        },
        isAllowed: () => app.isStillAdmitted(request),
        get closed() {
          return raw.destroyed || feed.closed.aborted;
        },
      };
      try {
        const connection = {
          types: new Set(wanted.filter((type) => isVisible(type, request.identity))),
          ticketId: ticket ?? null,
          customerId: request.identity.customerId,
          after,
        };
        await serveFeed(connection, sink, feed.source);
      } catch (error) {
        request.log.error({ err: error, requestId: request.id }, 'a feed broke off');
      } finally {
        raw.end();
      }
    },
  );
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
  const detail = `"${unknown}" is no event type; allowed are ${ticketEventTypes.join(', ')}`;
  throw fieldProblem('/query/types', detail);
}
