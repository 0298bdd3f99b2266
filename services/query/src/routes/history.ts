import { dataForCustomer } from '@ringback/domain/ticket';
import {
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
import { readTicket } from '../ticket-lookup.ts';
import { isVisible, visibleHistory } from '../visibility.ts';
import { ticketParams } from './parameters.ts';

const RecordedEvent = z.object({
  id: z.uuid(),
  type: z.string(),
  v: z.int().meta({ description: 'Schema version of `data`' }),
  version: z.int().meta({ description: 'Within the ticket, from 1' }),
  position: z.int().meta({ description: 'Within the log' }),
  occurredAt: z.iso.datetime(),
  recordedAt: z.iso.datetime(),
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** `GET /v1/tickets/{id}/events`. */
export function historyRoutes(app: FastifyInstance, context: QueryContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/tickets/:ticket/events',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags: ['tickets'],
        summary: 'Read a ticket’s history',
        description: 'Its events in the order of recording. A page of long texts ends early.',
        params: ticketParams,
        querystring: PageQuery,
        response: { 200: pageOf(RecordedEvent), ...problemResponses('ticket-not-found') },
      },
    },
    async ({ params, query: { limit, cursor }, identity }) => {
      const { recorded } = visibleHistory(await readTicket(params.ticket, context), identity);
      const after = cursor === undefined ? 0 : decodeCursor(cursor, z.int());
      const visible = recorded.filter(({ type, version }) => version > after && isVisible(type, identity));
      const length = pageLength(visible.slice(0, limit), limit);
      const items = visible.slice(0, length).map((event) => {
        const { id, type, v, version, position, occurredAt, recordedAt, metadata, data } = event;
        const plain = { id, type, v, version, position, occurredAt, recordedAt };
        if (identity.customerId === null) return { ...plain, actor: metadata.actor, data };
        const actor = metadata.actor.split(':')[0] ?? '';
        return { ...plain, actor, data: dataForCustomer(data, identity.customerId) };
      });
      return { items, next: visible.length > length ? encodeCursor(items[items.length - 1]?.version) : null };
    },
  );
}
