import {
  Channel,
  foldTicket,
  Instant,
  TicketRepresentation,
  TicketState,
  toUtc,
} from '@ringback/domain/ticket';
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
import { type ListedTicket, readListed, represent } from './listed-tickets.ts';
import { isFound, readSearch } from './ticket-search.ts';

/** Of the list, before those of the search. */
const otherParameters = 15;
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
      const found =
        filter.q === undefined ? { sql: 'true', values: [] } : isFound(readSearch(filter.q), otherParameters);
      const { rows } = await pool.query<ListedTicket & { opened_at: Date }>(
        `select ticket_id, version, opened_at from query.tickets t
         where ($1::text is null or state = $1) and ($2::text is null or customer_id = $2)
           and ($3::text is null or customer_id = $3) and ($4::text is null or contract_id = $4)
           and ($5::text is null or catalog = $5) and ($6::text is null or plan = $6)
           and ($7::text is null or priority = $7) and ($8::text is null or channel = $8)
           and ($9::text is null or assignee = $9) and ($10::timestamptz is null or opened_at >= $10)
           and ($11::timestamptz is null or opened_at < $11)
           and ($12::timestamptz is null or (opened_at, ticket_id) < ($12, $13::uuid))
           and ($14::boolean is null or $14 = not (state = 'open' and assignee is null and not exists
             (select from query.outcomes o where o.ticket_id = t.ticket_id and o.ended_at is null)))
           and ${found.sql}
         order by opened_at desc, ticket_id desc limit $15`,
        [
          filter.state ?? null,
          own,
          customerId ?? null,
          filter.contractId ?? null,
          filter.catalog ?? null,
          filter.plan ?? null,
          filter.priority ?? null,
          filter.channel ?? null,
          filter.assignee ?? null,
          filter.openedFrom ?? null,
          filter.openedTo ?? null,
          after?.openedAt ?? null,
          after?.id ?? null,
          filter.attended ?? null,
          limit + 1,
          ...found.values,
        ],
      );
      const listed = await readListed(rows.slice(0, limit), request.identity, context);
      const items = listed.slice(0, pageLength(listed, limit));
      const last = rows[items.length - 1];
      const next =
        rows.length > items.length && last !== undefined
          ? encodeCursor(request, { openedAt: last.opened_at.toISOString(), id: last.ticket_id })
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
