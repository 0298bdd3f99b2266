import {
  compileAhead,
  ExplanationRepresentation,
  explain,
  JudgedClockRepresentation,
  judge,
  representExplanation,
  representJudgedClock,
  toClockEvents,
  toInstant,
} from '@ringback/domain/service-level';
import { Instant, Metric, toUtc } from '@ringback/domain/ticket';
import {
  cursorNumber,
  decodeCursor,
  encodeCursor,
  PageQuery,
  Problem,
  problemResponses,
  setVersion,
  wholeNumber,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { ticketParams } from '../parameters.ts';
import { createTurns } from '../turns.ts';
import { type History, readVisible } from '../visibility.ts';

const Moment = z.strictObject({
  at: Instant.optional().meta({ description: 'What was true then; default now' }),
  knownAt: Instant.optional().meta({ description: 'By what had been recorded by then; default now' }),
});

const sliceMilliseconds = 10;

/** Parameters of a page that has everything unless a ticket is of many years. */
const pageOfMost = (most: number) => ({
  ...PageQuery.shape,
  limit: wholeNumber(1, most)
    .default(most)
    .meta({ description: `How many entries at most, 1 to ${most}` }),
});

/** The clocks of a ticket, and why each stands where it stands. */
export function clockRoutes(app: FastifyInstance, context: QueryContext): void {
  const { directory, clock } = context;
  const turns = createTurns(sliceMilliseconds);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };

  /** The history as it was known, with the plans of that time. */
  const historyAt = async ({ events, ticket }: History, { at, knownAt }: z.infer<typeof Moment>) => {
    const now = toInstant(clock.now());
    const known = knownAt === undefined ? now : toUtc(knownAt);
    const asOf = Date.parse(at ?? now);
    const plans = await directory.plansForTicket(ticket.coverage, ticket.openedAt);
    for (const _ of compileAhead(plans, Date.parse(ticket.openedAt), asOf)) await turns.next();
    return {
      events: toClockEvents(events.filter(({ recordedAt }) => recordedAt <= known)),
      plans: plans.filter(({ from }) => from <= Date.parse(known)),
      asOf,
    };
  };

  routes.get(
    '/tickets/:ticket/clocks',
    {
      config,
      schema: {
        tags: ['clocks'],
        operationId: 'getTicketClocks',
        summary: 'Read a ticket’s clocks',
        description: 'On two axes of time: what was true at `at`, by what was known at `knownAt`.',
        params: ticketParams,
        querystring: Moment.extend(pageOfMost(1_000)),
        response: {
          200: z.object({
            clocks: z.array(JudgedClockRepresentation),
            next: z.string().nullable().meta({ description: 'Leads to the clocks that started later' }),
          }),
          ...problemResponses('ticket-not-found'),
        },
      },
    },
    async (request, reply) => {
      const history = await readVisible(request.params.ticket, request.identity, context);
      const { limit, cursor, ...moment } = request.query;
      const offset = cursor === undefined ? 0 : decodeCursor(request, cursor, cursorNumber);
      const clocks = judge(await historyAt(history, moment));
      setVersion(reply, history.ticket.version, history.ticket.position);
      return {
        clocks: clocks.slice(offset, offset + limit).map(representJudgedClock),
        next: clocks.length > offset + limit ? encodeCursor(request, offset + limit) : null,
      };
    },
  );
  routes.get(
    '/tickets/:ticket/clocks/:objective/explanation',
    {
      config,
      schema: {
        tags: ['clocks'],
        operationId: 'explainClock',
        summary: 'Explain a clock',
        description:
          'The ledger of counted, closed and held stretches behind a deadline, adding up to `served`. A ledger of many ' +
          'years has pages; say `at` and `occurrence` when you follow `next`.',
        params: ticketParams.extend({ objective: Metric }),
        querystring: Moment.extend({
          occurrence: wholeNumber(1, 1_000_000).optional().meta({ description: 'Default: the latest' }),
          ...pageOfMost(2_000),
        }),
        response: {
          200: ExplanationRepresentation,
          ...problemResponses('ticket-not-found', 'clock-not-found'),
        },
      },
    },
    async (request, reply) => {
      const { ticket, objective } = request.params;
      const { occurrence, limit: most, cursor, ...moment } = request.query;
      const from =
        cursor === undefined ? Number.NEGATIVE_INFINITY : decodeCursor(request, cursor, cursorNumber);
      const history = await readVisible(ticket, request.identity, context);
      const known = await historyAt(history, moment);
      await turns.next();
      const explained = explain({ ...known, objective, occurrence, part: { from, most } });
      if (explained === null) throw new Problem('clock-not-found');
      await turns.next();
      setVersion(reply, history.ticket.version, history.ticket.position);
      return representExplanation(explained, (instant) => encodeCursor(request, instant));
    },
  );
}
