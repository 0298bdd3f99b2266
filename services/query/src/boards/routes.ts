import { TicketRepresentation } from '@ringback/api/ticket';
import { parseElapsed } from '@ringback/domain/service-level';
import { Instant, Metric } from '@ringback/domain/ticket';
import {
  cursorNumber,
  decodeCursor,
  encodeCursor,
  fieldProblem,
  PageQuery,
  pageLength,
  pageOf,
  problemResponses,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { waitForReadModel } from '../freshness.ts';
import { type ListedTicket, readListed } from '../tickets/listed-tickets.ts';
import { refuseStaffFilters } from '../visibility.ts';
import { standingOf } from './breach-standing.ts';

const QueueItem = z
  .object({ nextDueAt: Instant.nullable(), ticket: TicketRepresentation })
  .meta({ id: 'QueueItem' });
const Breach = z
  .object({
    ticketId: z.uuid(),
    reference: z.string(),
    customerId: z.string().nullable(),
    kind: z.enum(['breach', 'warning']),
    objective: Metric,
    occurrence: z.int(),
    thresholdAt: Instant.meta({ description: '`dueAt` of a breach, `targetAt` of a warning' }),
    missedAt: Instant,
    recordedAt: Instant,
    retractedAt: Instant.nullable(),
    wouldStand: z.boolean().nullable().meta({
      description: 'False: under the plan and the calendars as they are now it would not have happened',
    }),
    position: z.int(),
  })
  .meta({ id: 'Breach' });
const Deadline = z
  .object({
    ticketId: z.uuid(),
    reference: z.string(),
    customerId: z.string().nullable(),
    objective: Metric,
    occurrence: z.int(),
    kind: z.enum(['target', 'max']),
    dueAt: Instant,
  })
  .meta({ id: 'Deadline' });

/** What to do next, what has broken, and what is about to. */
export function boardRoutes(app: FastifyInstance, context: QueryContext): void {
  const { pool, log, projection, clock, directory } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };
  const tags = ['boards'];

  routes.get(
    '/queue',
    {
      config,
      schema: {
        tags,
        operationId: 'getQueue',
        summary: 'What to work on next',
        description: 'Open tickets: outages first, then contract customers, then by the nearest deadline.',
        querystring: PageQuery.extend({
          assignee: z
            .string()
            .min(1)
            .max(200)
            .optional()
            .meta({ description: 'Not for a customer’s own key' }),
        }),
        response: { 200: pageOf(QueueItem), ...problemResponses() },
      },
    },
    async (request, reply) => {
      const { limit, cursor, assignee } = request.query;
      refuseStaffFilters({ assignee }, request.identity);
      await waitForReadModel(log, projection, request, reply);
      const offset = cursor === undefined ? 0 : decodeCursor(request, cursor, cursorNumber);
      const { rows } = await pool.query<ListedTicket & { next_due_at: Date | null }>(
        `select ticket_id, version, next_due_at from query.tickets
         where state = 'open' and ($1::text is null or customer_id = $1) and ($2::text is null or assignee = $2)
         order by outage desc, covered desc, next_due_at asc nulls last, rank, opened_at, ticket_id
         limit $3 offset $4`,
        [request.identity.customerId, assignee ?? null, limit + 1, offset],
      );
      const listed = await readListed(rows.slice(0, limit), request.identity, context);
      const tickets = listed.slice(0, pageLength(listed, limit));
      return {
        items: tickets.map((ticket, index) => ({
          nextDueAt: rows[index]?.next_due_at?.toISOString() ?? null,
          ticket,
        })),
        next: rows.length > tickets.length ? encodeCursor(request, offset + tickets.length) : null,
      };
    },
  );
  routes.get(
    '/breaches',
    {
      config,
      schema: {
        tags,
        operationId: 'listBreaches',
        summary: 'List breaches and warnings',
        description: 'The latest first.',
        querystring: PageQuery.extend({
          kind: z.enum(['breach', 'warning']).default('breach'),
          standing: z.enum(['true', 'false']).optional().meta({ description: 'Whether it was taken back' }),
          customerId: z.string().min(1).max(200).optional(),
          ticketId: z.uuid().optional(),
          since: Instant.optional(),
        }),
        response: { 200: pageOf(Breach), ...problemResponses() },
      },
    },
    async (request, reply) => {
      await waitForReadModel(log, projection, request, reply);
      const { limit, cursor, kind, standing, customerId, ticketId, since } = request.query;
      const { rows } = await pool.query<BreachRow>(
        `select b.*, t.reference from query.breaches b join query.tickets t on t.ticket_id = b.ticket_id
         where b.kind = $1 and ($2::text is null or b.customer_id = $2) and ($3::text is null or b.customer_id = $3)
           and ($4::uuid is null or b.ticket_id = $4) and ($5::timestamptz is null or b.missed_at >= $5)
           and ($6::boolean is null or (b.retracted_at is null) = $6) and ($7::bigint is null or b.position < $7)
         order by b.position desc limit $8`,
        [
          kind,
          request.identity.customerId,
          customerId ?? null,
          ticketId ?? null,
          since ?? null,
          standing === undefined ? null : standing === 'true',
          cursor === undefined ? null : decodeCursor(request, cursor, cursorNumber),
          limit + 1,
        ],
      );
      const page = rows.slice(0, limit).map(representBreach);
      const standings = await standingOf(page, clock.now(), log, directory);
      const items = page.map((breach, index) => ({ ...breach, wouldStand: standings[index] ?? null }));
      return {
        items,
        next: rows.length > limit ? encodeCursor(request, items[items.length - 1]?.position) : null,
      };
    },
  );
  routes.get(
    '/deadlines',
    {
      config,
      schema: {
        tags,
        operationId: 'listDeadlines',
        summary: 'What is about to break',
        description: 'Thresholds that are still ahead, the soonest first.',
        querystring: PageQuery.extend({
          within: z.string().max(40).optional().meta({ description: 'ISO 8601', example: 'PT1H' }),
          customerId: z.string().min(1).max(200).optional(),
        }),
        response: { 200: pageOf(Deadline), ...problemResponses() },
      },
    },
    async (request, reply) => {
      await waitForReadModel(log, projection, request, reply);
      const { limit, cursor, within, customerId } = request.query;
      const now = clock.now();
      const until = within === undefined ? null : new Date(now + readDuration(within)).toISOString();
      const offset = cursor === undefined ? 0 : decodeCursor(request, cursor, cursorNumber);
      const { rows } = await pool.query<DeadlineRow>(
        `select d.*, t.reference from query.deadlines d join query.tickets t on t.ticket_id = d.ticket_id
         where d.due_at > $1 and ($2::timestamptz is null or d.due_at <= $2)
           and ($3::text is null or d.customer_id = $3) and ($4::text is null or d.customer_id = $4)
         order by d.due_at, d.ticket_id, d.objective, d.occurrence, d.kind limit $5 offset $6`,
        [
          new Date(now).toISOString(),
          until,
          request.identity.customerId,
          customerId ?? null,
          limit + 1,
          offset,
        ],
      );
      return {
        items: rows.slice(0, limit).map(representDeadline),
        next: rows.length > limit ? encodeCursor(request, offset + limit) : null,
      };
    },
  );
}

interface BreachRow {
  position: string;
  ticket_id: string;
  reference: string;
  customer_id: string | null;
  kind: 'breach' | 'warning';
  objective: Metric;
  occurrence: number;
  threshold_at: Date;
  missed_at: Date;
  recorded_at: Date;
  retracted_at: Date | null;
}

interface DeadlineRow {
  ticket_id: string;
  reference: string;
  customer_id: string | null;
  objective: Metric;
  occurrence: number;
  kind: 'target' | 'max';
  due_at: Date;
}

function representBreach(row: BreachRow): Omit<z.infer<typeof Breach>, 'wouldStand'> {
  return {
    ticketId: row.ticket_id,
    reference: row.reference,
    customerId: row.customer_id,
    kind: row.kind,
    objective: row.objective,
    occurrence: row.occurrence,
    thresholdAt: row.threshold_at.toISOString(),
    missedAt: row.missed_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    retractedAt: row.retracted_at?.toISOString() ?? null,
    position: Number(row.position),
  };
}

function representDeadline(row: DeadlineRow): z.infer<typeof Deadline> {
  return {
    ticketId: row.ticket_id,
    reference: row.reference,
    customerId: row.customer_id,
    objective: row.objective,
    occurrence: row.occurrence,
    kind: row.kind,
    dueAt: row.due_at.toISOString(),
  };
}

function readDuration(text: string): number {
  try {
    return parseElapsed(text);
  } catch {
    throw fieldProblem('/query/within', 'must be a duration such as PT1H, PT30M or P1D');
  }
}
