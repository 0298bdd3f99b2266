import * as z from 'zod';
import { formatDuration } from '../calendar/index.ts';
import { type Outcome, type OutcomeState, parties, type Reading, readings } from './outcome.ts';

/** The percentiles that times to respond are told by. */
export const percentiles = [0.5, 0.9, 0.95, 0.99] as const;

/** Outcomes counted together. Durations are milliseconds; percentiles in the order of `percentiles`. */
export interface Figures {
  counts: { [state in OutcomeState]: number };
  readings: { [reading in Reading]: { met: number; breached: number } };
  /** Of clocks that have ended. */
  gross: number;
  held: Outcome['held'];
  /** Of `response` clocks that were met, late or not; the percentiles are empty without any. */
  responses: { count: number; served: number[]; elapsed: number[] };
}

const Count = z.int().nonnegative();
const Rate = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .meta({ description: '`met / (met + breached)`; null without either', example: 0.95 });
const Duration = z.string().meta({ description: 'ISO 8601', example: 'PT3H20M' });
const Counts = z.object({ met: Count, breached: Count, rate: Rate });
const Percentiles = z.object({ p50: Duration, p90: Duration, p95: Duration, p99: Duration }).nullable();

/** Attainment as the API tells it. */
export const FiguresRepresentation = z
  .object({
    met: Count.meta({ description: 'In time' }),
    breached: Count.meta({
      description: 'Breaches that stand, also of what was done later or is still to be done',
    }),
    cancelled: Count.meta({ description: 'Ended without being due; not in the rate' }),
    open: Count.meta({ description: 'Neither yet; not in the rate' }),
    rate: Rate,
    gross: Counts.meta({
      description: 'No hold deducted: all waiting counts against us, also where the contract stops the clock',
    }),
    net: z.object(Object.fromEntries([...parties, 'all'].map((party) => [party, Counts]))).meta({
      description:
        'The holds of one party deducted and no other’s; `all`: every hold, also those that the objective does not ' +
        'list. The deadline of each clock moves, nothing else does',
    }),
    time: z
      .object({
        gross: Duration.meta({ description: 'Open time of the clocks’ calendars, holds included' }),
        held: z.object(Object.fromEntries(parties.map((party) => [party, Duration]))).meta({
          description:
            'The part of `gross` that was on hold, by the party behind it, each instant once: of holds that overlap ' +
            'it goes to the one that stops the clock, else to the one that began first',
        }),
      })
      .meta({ description: 'Added up over the clocks that have ended' }),
    timeToRespond: z
      .object({
        count: Count,
        served: Percentiles.meta({
          description: 'In open time less what stopped the clock, as the contract counts',
        }),
        elapsed: Percentiles.meta({ description: 'By the clock on the wall' }),
      })
      .meta({ description: 'Of `response` clocks that were met, in time or late; null without any' }),
  })
  .meta({ id: 'Attainment' });
export type FiguresRepresentation = z.infer<typeof FiguresRepresentation>;

export function representFigures({
  counts,
  readings: counted,
  gross,
  held,
  responses,
}: Figures): FiguresRepresentation {
  return {
    ...counts,
    rate: rateOf(counts),
    gross: withRate(counted.gross),
    net: Object.fromEntries(
      readings
        .filter((reading) => reading !== 'gross')
        .map((reading) => [reading, withRate(counted[reading])]),
    ),
    time: {
      gross: formatDuration(gross),
      held: Object.fromEntries(parties.map((party) => [party, formatDuration(held[party])])),
    },
    timeToRespond: {
      count: responses.count,
      served: representPercentiles(responses.served),
      elapsed: representPercentiles(responses.elapsed),
    },
  };
}

type MetAndBreached = Pick<Figures['counts'], 'met' | 'breached'>;

function rateOf({ met, breached }: MetAndBreached): number | null {
  return met + breached === 0 ? null : met / (met + breached);
}

function withRate({ met, breached }: MetAndBreached) {
  return { met, breached, rate: rateOf({ met, breached }) };
}

function representPercentiles(values: number[]): z.infer<typeof Percentiles> {
  const [p50, p90, p95, p99] = values.map((value) => formatDuration(Math.round(value)));
  return p50 === undefined || p90 === undefined || p95 === undefined || p99 === undefined
    ? null
    : { p50, p90, p95, p99 };
}
