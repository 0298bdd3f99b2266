import * as z from 'zod';
import { HoldReason, Instant } from '../../ticket/vocabulary.ts';
import { formatDuration } from '../calendar/index.ts';
import { ClockRepresentation, representClock } from '../clocks/clock-representation.ts';
import { toInstant } from '../instant-text.ts';
import type { Explanation } from './explain.ts';

const Segment = z.object({
  from: Instant,
  to: Instant,
  kind: z.enum(['before-start', 'counted', 'closed', 'holiday', 'exception', 'held']),
  counted: z.string().meta({ description: 'What it adds to `served`' }),
  reason: z.string().nullable().meta({
    description: 'The holiday’s name, the exception’s or the hold’s reason; `not-open` until a reopening',
  }),
  party: z.string().nullable().meta({ description: 'Who made it wait' }),
  causeEventId: z.string().nullable().meta({
    description:
      'Before the start and while it counts: what started the clock, or ended the hold before it. While held: what placed the hold, or ended the clock until the reopening',
  }),
  amendmentPosition: z
    .int()
    .nullable()
    .meta({ description: 'In place of an event: the position in the log of what amended the plan' }),
  calendarEntry: z
    .object({
      calendar: z.string().meta({ description: '`catalog.calendar`', example: 'cat-levels.working' }),
      date: z.iso.date().nullable().meta({
        description:
          'Of the holiday or exception; of hours that the week closes, the local date on which they begin; null for hours that the week opens',
      }),
      name: z.string().nullable().meta({ description: 'The holiday’s name, or the exception’s reason' }),
    })
    .nullable()
    .meta({
      description: 'What closes it or leaves it open; null before the start, and for an agreed turnaround',
    }),
});

/** Why a clock stands where it stands, as the API tells it. Absent instants are null, durations ISO 8601. */
export const ExplanationRepresentation = z
  .object({
    clock: ClockRepresentation,
    asOf: Instant.meta({ description: 'The instant that was asked for' }),
    endedAt: Instant.nullable().meta({ description: 'When the clock was met or cancelled' }),
    allowed: z.string().meta({ description: 'What the promise allows, as served time' }),
    holds: z.array(HoldReason).meta({ description: 'The hold reasons that stop this clock; no other does' }),
    amendments: z
      .array(
        z.object({
          at: Instant,
          kind: z.enum(['calendar-exception', 'catalog', 'contract']),
          id: z.string(),
          position: z.int().meta({ description: 'Within the log' }),
        }),
      )
      .meta({ description: 'What amended the plan since the opening' }),
    ledger: z.array(Segment).meta({
      description:
        'From the opening to `asOf`, or to the clock’s end, without gaps. Closed hours are closed also while a hold is on',
    }),
    next: z
      .string()
      .nullable()
      .meta({ description: 'Leads to the rest of the ledger; null on its last page' }),
    sentence: z.string().meta({ description: 'To be read to a customer' }),
  })
  .meta({ id: 'Explanation' });
export type ExplanationRepresentation = z.infer<typeof ExplanationRepresentation>;

/** `cursorOf` makes the cursor that leads to the segments from an instant on. */
export function representExplanation(
  explained: Explanation,
  cursorOf: (instant: number) => string,
): ExplanationRepresentation {
  const { clock, asOf, allowed, holds, amendments, ledger, continuesAt, sentence } = explained;
  return {
    clock: representClock(clock),
    asOf: toInstant(asOf),
    endedAt: clock.endedAt === null ? null : toInstant(clock.endedAt),
    allowed: formatDuration(allowed),
    holds,
    amendments: amendments.map((amendment) => ({ ...amendment, at: toInstant(amendment.at) })),
    ledger: ledger.map((segment) => ({
      ...segment,
      from: toInstant(segment.from),
      to: toInstant(segment.to),
      counted: formatDuration(segment.counted),
    })),
    next: continuesAt === null ? null : cursorOf(continuesAt),
    sentence,
  };
}
