import * as z from 'zod';
import { Instant, Metric } from '../../ticket/vocabulary.ts';
import { formatDuration } from '../calendar/index.ts';
import { toInstant } from '../instant-text.ts';
import type { Clock, EpochMilliseconds } from '../types.ts';
import type { JudgedClock } from './present-plan.ts';

/** A clock as the API tells it. Absent instants are null, durations ISO 8601. */
export const ClockRepresentation = z
  .object({
    objective: Metric,
    occurrence: z.int().positive(),
    state: z.enum(['breached', 'met', 'cancelled', 'held', 'target-missed', 'running']),
    startedAt: Instant,
    targetAt: Instant.nullable().meta({
      description: 'When the warning is due; null without a target, or while held',
    }),
    dueAt: Instant.nullable().meta({ description: 'When the promise breaks; null while held' }),
    metAt: Instant.nullable(),
    targetMissedAt: Instant.nullable(),
    breachedAt: Instant.nullable(),
    served: z.string().meta({ description: 'Open time, not held, since the start', example: 'PT3H20M' }),
    remaining: z
      .string()
      .meta({ description: 'What is left of the promise, PT0S at least', example: 'PT40M' }),
  })
  .meta({ id: 'Clock' });
export type ClockRepresentation = z.infer<typeof ClockRepresentation>;

export function representClock(clock: Clock): ClockRepresentation {
  return {
    objective: clock.objective,
    occurrence: clock.occurrence,
    state: clock.state,
    startedAt: toInstant(clock.startedAt),
    targetAt: orNull(clock.targetAt),
    dueAt: orNull(clock.dueAt),
    metAt: orNull(clock.metAt),
    targetMissedAt: orNull(clock.targetMissedAt),
    breachedAt: orNull(clock.breachedAt),
    served: formatDuration(clock.served),
    remaining: formatDuration(clock.remaining),
  };
}

/** A ticket's clock: with what an amended plan would have made of it. */
export const JudgedClockRepresentation = ClockRepresentation.extend({
  warningWouldStand: z.boolean().nullable().meta({
    description: 'False: under the plan as it is now the target would not have been missed; null: it was not',
  }),
  breachWouldStand: z.boolean().nullable().meta({
    description: 'False: under the plan as it is now there would be no breach; null: there is none',
  }),
}).meta({ id: 'TicketClock' });

export function representJudgedClock(clock: JudgedClock): z.infer<typeof JudgedClockRepresentation> {
  const { warningWouldStand, breachWouldStand } = clock;
  return { ...representClock(clock), warningWouldStand, breachWouldStand };
}

const orNull = (milliseconds: EpochMilliseconds | null): string | null =>
  milliseconds === null ? null : toInstant(milliseconds);
