import { historyForCustomer } from '@ringback/api/ticket';
import {
  cursorNumber,
  decodeCursor,
  encodeCursor,
  PageQuery,
  pageLength,
  pageOf,
  problemResponses,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { ticketParams } from '../parameters.ts';
import { readVisible } from '../visibility.ts';

const RecordedEvent = z
  .object({
    id: z.uuid(),
    type: z.string(),
    v: z.int().meta({ description: 'Schema version of `data`' }),
    version: z.int().meta({ description: 'Within the ticket, from 1' }),
    position: z.int().meta({ description: 'Within the log' }),
    occurredAt: z.iso.datetime(),
    recordedAt: z.iso.datetime(),
    actor: z.string().meta({
      description: 'Who recorded it; for a customer’s own key the kind only',
      example: 'api-key:portal',
    }),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

/** `GET /v1/tickets/{id}/events`. */
export function historyRoutes(app: FastifyInstance, context: QueryContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/tickets/:ticket/events',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags: ['tickets'],
        operationId: 'listTicketEvents',
        summary: 'Read a ticket’s history',
        description:
          'Its events in the order of recording; for a customer’s own key without what is between staff. A page of long texts ends early.',
        params: ticketParams,
        querystring: PageQuery,
        response: { 200: pageOf(RecordedEvent), ...problemResponses('ticket-not-found') },
      },
    },
    async (request) => {
      const { params, identity } = request;
      const { limit, cursor } = request.query;
      const { recorded } = await readVisible(params.ticket, identity, context);
      const after = cursor === undefined ? 0 : decodeCursor(request, cursor, cursorNumber);
      const visible = historyForCustomer(recorded, identity.customerId).filter(
        ({ version }) => version > after,
      );
      const length = pageLength(visible.slice(0, limit), limit);
      const items = visible.slice(0, length).map((event) => {
        const { id, type, v, version, position, occurredAt, recordedAt, metadata, data } = event;
        const actor = identity.customerId === null ? metadata.actor : (metadata.actor.split(':')[0] ?? '');
        return { id, type, v, version, position, occurredAt, recordedAt, actor, data };
      });
      return {
        items,
        next: visible.length > length ? encodeCursor(request, items[items.length - 1]?.version) : null,
      };
    },
  );
}
