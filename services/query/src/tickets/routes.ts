import { TicketRepresentation } from '@ringback/api/ticket';
import { Channel, foldTicket, Instant, TicketState, toUtc } from '@ringback/domain/ticket';
import {
  decodeCursor,
  encodeCursor,
  PageQuery,
  Problem,
  pageLength,
  pageOf,
  problemResponses,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { waitForReadModel } from '../freshness.ts';
import { ticketParams } from '../parameters.ts';
import { readVisible, refuseStaffFilters } from '../visibility.ts';
import { findTickets } from './find-tickets.ts';
import { readListed, represent } from './listed-tickets.ts';

const Cursor = z.object({ openedAt: Instant, id: z.uuid() });
const Filter = PageQuery.extend({
  state: TicketState.optional(),
  customerId: z.string().min(1).max(200).optional(),
  contractId: z.string().min(1).max(200).optional(),
  catalog: z.string().min(1).max(100).optional(),
  plan: z.string().min(1).max(100).optional(),
  priority: z.string().min(1).max(200).optional(),
  channel: Channel.optional(),
  assignee: z.string().min(1).max(200).optional().meta({ description: 'Not for a customer’s own key' }),
  attended: z
    .enum(['true', 'false'])
    .optional()
    .meta({
      description:
        'False: open with neither an open clock nor an owner, so that nothing would bring it up again. Not for a ' +
        'customer’s own key',
    }),
  openedFrom: Instant.optional(),
  openedTo: Instant.optional(),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Words of the subject, description, number, address or reference' }),
});

/** Single tickets from their streams, lists from the read model. */
export function ticketRoutes(app: FastifyInstance, context: QueryContext): void {
  const { pool, log, projection, directory } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };

  routes.get(
    '/tickets',
    {
      config,
      schema: {
        tags: ['tickets'],
        operationId: 'listTickets',
        summary: 'List and search tickets',
        description:
          'The newest first. What was committed before the request is in it. A page of long texts ends early.',
        querystring: Filter,
        response: { 200: pageOf(TicketRepresentation), ...problemResponses() },
      },
    },
    async (request, reply) => {
      const { limit, cursor, customerId, ...filter } = request.query;
      refuseStaffFilters({ assignee: filter.assignee, attended: filter.attended }, request.identity);
      await waitForReadModel(log, projection, request, reply);
      const after = cursor === undefined ? null : decodeCursor(request, cursor, Cursor);
      const own = request.identity.customerId;
      const found = await findTickets(pool, { ...filter, customerId }, { own, after, limit: limit + 1 });
      const rows = found.map(({ ticketId, version }) => ({ ticket_id: ticketId, version }));
      const listed = await readListed(rows.slice(0, limit), request.identity, context);
      const items = listed.slice(0, pageLength(listed, limit));
      const last = found[items.length - 1];
      const next =
        found.length > items.length && last !== undefined
          ? encodeCursor(request, { openedAt: last.openedAt.toISOString(), id: last.ticketId })
          : null;
      return { items, next };
    },
  );
  routes.get(
    '/tickets/:ticket',
    {
      config,
      schema: {
        tags: ['tickets'],
        operationId: 'getTicket',
        summary: 'Read a ticket',
        description: 'By id or reference number, as it stands, or as it stood at an instant.',
        params: ticketParams,
        querystring: z.strictObject({ at: Instant.optional().meta({ description: 'As it stood then' }) }),
        response: { 200: TicketRepresentation, ...problemResponses('ticket-not-found') },
      },
    },
    async (request, reply) => {
      const history = await readVisible(request.params.ticket, request.identity, context);
      const { at } = request.query;
      const ticket = at === undefined ? history.ticket : foldTicket(history.events, { at: toUtc(at) });
      if (ticket === null)
        throw new Problem('ticket-not-found', { detail: 'The ticket was not opened by then.' });
      setVersion(reply, ticket.version, ticket.position);
      return await represent(ticket, request.identity, directory, at === undefined ? null : toUtc(at));
    },
  );
}
