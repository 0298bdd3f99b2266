import { ClockRepresentation, comparedFields, FiguresRepresentation } from '@ringback/domain/service-level';
import { Instant, Metric } from '@ringback/domain/ticket';
import * as z from 'zod';

const Count = z.int().nonnegative();

export const RehearsedTicket = z
  .object({
    id: z.uuid(),
    reference: z.string().meta({ example: 'RB-4820-1937' }),
    openedAt: Instant,
    clocks: z.array(
      z.object({
        objective: Metric,
        occurrence: z.int().positive(),
        inForce: ClockRepresentation.nullable().meta({
          description: 'As `GET /v1/tickets/{id}/clocks` says',
        }),
        draft: ClockRepresentation.nullable(),
        differences: z
          .array(z.enum([...comparedFields, 'clock']))
          .meta({ description: '`clock`: only one of the plans has it' }),
      }),
    ),
  })
  .meta({ id: 'RehearsedTicket' });
export type RehearsedTicket = z.infer<typeof RehearsedTicket>;

const RehearsalSummary = z.object({
  asOf: Instant.meta({ description: 'By the database’s clock: both plans are read as of it' }),
  tickets: Count.meta({ description: 'That were opened in the period' }),
  differing: Count.meta({ description: 'Tickets of which any clock differs' }),
  breaches: z.object({
    inForce: Count,
    draft: Count,
    added: Count.meta({ description: 'Under the draft only' }),
    removed: Count.meta({ description: 'Under the plan in force only' }),
  }),
  attainment: z.object({ inForce: FiguresRepresentation, draft: FiguresRepresentation }),
});
export type RehearsalSummary = z.infer<typeof RehearsalSummary>;

export const RehearsalResult = RehearsalSummary.extend({
  items: z.array(RehearsedTicket),
  omitted: Count.meta({ description: 'Tickets that are counted above and not listed' }),
});
