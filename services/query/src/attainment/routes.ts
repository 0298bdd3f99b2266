import { FiguresRepresentation, representFigures, toInstant } from '@ringback/domain/service-level';
import { Instant, Metric } from '@ringback/domain/ticket';
import {
  cursorNumber,
  decodeCursor,
  encodeCursor,
  fieldProblem,
  PageQuery,
  problemResponses,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { waitForReadModel } from '../freshness.ts';
import { type Grouping, type GroupKeys, groupings, readAttainment } from './attainment-query.ts';

const groupNames = Object.keys(groupings) as Grouping[];

const Filter = PageQuery.extend({
  customerId: z.string().max(200).optional(),
  contractId: z.string().max(200).optional(),
  catalog: z.string().max(100).optional(),
  plan: z.string().max(100).optional().meta({ description: 'Its id within the catalog', example: 'cat-1' }),
  priority: z.string().max(200).optional(),
  objective: Metric.optional(),
  from: Instant.optional().meta({ description: 'Clocks that started then or later' }),
  to: Instant.optional().meta({ description: 'Clocks that started before' }),
  groupBy: z
    .string()
    .max(200)
    .optional()
    .meta({ description: `Any of ${groupNames.join(', ')}, separated by commas`, example: 'customer,month' }),
});

const Group = z
  .object({
    customerId: z.string().nullable().optional(),
    contractId: z.string().nullable().optional(),
    plan: z.string().optional().meta({ description: '`catalog/plan`', example: 'cat-levels/cat-1' }),
    objective: Metric.optional(),
    priority: z.string().optional(),
    month: z
      .string()
      .optional()
      .meta({ description: 'In which the clock started, in the provider’s time zone', example: '2026-03' }),
  })
  .meta({ description: 'What `groupBy` names, and nothing else' });

const AttainmentPage = z.object({
  asOf: Instant.meta({ description: 'By the database’s clock' }),
  total: FiguresRepresentation.meta({ description: 'Over everything that the filters let through' }),
  items: z.array(z.object({ group: Group, attainment: FiguresRepresentation })),
  next: z.string().nullable(),
});

/** `GET /v1/attainment`: how far promises were kept, and who made us wait. */
export function attainmentRoutes(app: FastifyInstance, { pool, log, projection, clock }: QueryContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/attainment',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags: ['attainment'],
        operationId: 'getAttainment',
        summary: 'How far promises were kept',
        description:
          'Counts every occurrence of every objective: met, breached, cancelled, open; by contract, gross, and net of ' +
          'holds by the party behind them.\n\n' +
          'The period, `from` (inclusive) to `to` (exclusive), is that of the clock’s start: each promise belongs to ' +
          'exactly one period, that in which it was made, whenever it was kept or broken. While `open` is not 0 the ' +
          'figures of a period are not final. Late evidence changes them too: a breach that was taken back does not ' +
          'count.\n\n' +
          'Without `groupBy` there is the total only. Groups are ordered by their names, in the order of `groupBy`.',
        querystring: Filter,
        response: { 200: AttainmentPage, ...problemResponses() },
      },
    },
    async (request, reply) => {
      const { limit, cursor, groupBy, from, to, ...filter } = request.query;
      requirePeriod(from, to);
      const groups = groupBy === undefined ? [] : readGroups(groupBy);
      const offset = cursor === undefined ? 0 : decodeCursor(request, cursor, cursorNumber);
      await waitForReadModel(log, projection, request, reply);
      const asOf = toInstant(clock.now());
      const attainment = await readAttainment(pool, {
        filter: {
          own: request.identity.customerId,
          customerId: filter.customerId ?? null,
          contractId: filter.contractId ?? null,
          catalog: filter.catalog ?? null,
          plan: filter.plan ?? null,
          priority: filter.priority ?? null,
          objective: filter.objective ?? null,
          from: from ?? null,
          to: to ?? null,
        },
        groupBy: groups,
        asOf,
        limit,
        offset,
      });
      return {
        asOf,
        total: representFigures(attainment.total),
        items: attainment.groups.slice(0, limit).map(({ keys, figures }) => ({
          group: representGroup(keys),
          attainment: representFigures(figures),
        })),
        next: attainment.groups.length > limit ? encodeCursor(request, offset + limit) : null,
      };
    },
  );
}

function requirePeriod(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined || Date.parse(from) < Date.parse(to)) return;
  const detail = 'must lie after "from"';
  throw fieldProblem('/query/to', detail);
}

function readGroups(text: string): Grouping[] {
  const names = text.split(',').map((each) => each.trim());
  const unknown = names.find((name) => !groupNames.includes(name as Grouping));
  if (unknown === undefined) return [...new Set(names as Grouping[])];
  const detail = `"${unknown}" is nothing to group by; allowed are ${groupNames.join(', ')}`;
  throw fieldProblem('/query/groupBy', detail);
}

function representGroup({
  customer_id,
  contract_id,
  catalog,
  plan,
  ...keys
}: GroupKeys): z.infer<typeof Group> {
  return {
    ...(customer_id === undefined ? {} : { customerId: customer_id }),
    ...(contract_id === undefined ? {} : { contractId: contract_id }),
    ...(plan === undefined ? {} : { plan: `${catalog}/${plan}` }),
    ...(keys as Pick<z.infer<typeof Group>, 'objective' | 'priority' | 'month'>),
  };
}
