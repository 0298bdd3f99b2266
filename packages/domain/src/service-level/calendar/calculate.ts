import * as z from 'zod';
import { DayHours, weekdays } from '../../catalog/catalog.ts';
import { Instant } from '../../ticket/vocabulary.ts';
import { advance, nominalServed, openBetween } from './arithmetic.ts';
import { type CompiledCalendar, compileCalendar } from './compiled-calendar.ts';
import { formatDuration, parseObjectiveDuration } from './durations.ts';
import { CalendarInvalid, DurationInvalid, QuestionInvalid } from './errors.ts';

const example = {
  calendar: {
    timeZone: 'Europe/London',
    hours: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] },
    holidays: ['2026-12-25'],
  },
  add: { start: '2026-03-02T16:00:00.000Z', duration: 'PT2H' },
};

const CalculationCalendar = z.strictObject({
  timeZone: z.string().max(100).meta({ description: 'IANA time zone' }),
  hours: z.partialRecord(z.enum(weekdays), DayHours),
  holidays: z.array(z.iso.date()).max(4_000).optional(),
  exceptions: z
    .array(z.strictObject({ date: z.iso.date(), hours: DayHours, reason: z.string().max(500).optional() }))
    .max(2_000)
    .optional(),
});
const Add = z.strictObject({
  start: Instant,
  duration: z
    .string()
    .max(40)
    .meta({ description: 'ISO 8601: `PT8H`, `P2D` (days), `P1BD` (business days)' }),
  holds: z
    .array(z.strictObject({ from: Instant, to: Instant }))
    .max(1_000)
    .optional(),
});
const Between = z.strictObject({ start: Instant, end: Instant });

/** Either `add` or `between`. */
export const CalendarCalculationRequest = z
  .strictObject({ calendar: CalculationCalendar, add: Add.optional(), between: Between.optional() })
  .refine(({ add, between }) => (add === undefined) !== (between === undefined), {
    path: ['add'],
    message: 'give exactly one of "add" and "between"',
  })
  .meta({ id: 'CalendarCalculationRequest', example });
export type CalendarCalculationRequest = z.infer<typeof CalendarCalculationRequest>;

export const CalendarCalculationResponse = z
  .union([z.strictObject({ end: Instant }), z.strictObject({ duration: z.string(), milliseconds: z.int() })])
  .meta({ id: 'CalendarCalculationResponse' });

export type CalendarCalculationResponse = z.infer<typeof CalendarCalculationResponse>;

/** Adds served time to an instant, or measures it between two. Throws `QuestionInvalid`. */
export function calculate({
  calendar: definition,
  add,
  between,
}: CalendarCalculationRequest): CalendarCalculationResponse {
  try {
    const calendar = compileCalendar({
      timeZone: definition.timeZone,
      hours: definition.hours,
      holidays: { dates: new Map((definition.holidays ?? []).map((date) => [date, 'holiday'])) },
      exceptions: definition.exceptions ?? [],
    });
    if (add !== undefined) return { end: new Date(addServed(calendar, add)).toISOString() };
    const { start, end } = between as z.infer<typeof Between>;
    if (Date.parse(end) < Date.parse(start)) {
      throw new QuestionInvalid(['between', 'end'], 'must not be before "start"');
    }
    const milliseconds = openBetween(calendar, Date.parse(start), Date.parse(end));
    return { duration: formatDuration(milliseconds), milliseconds };
  } catch (error) {
    if (error instanceof CalendarInvalid)
      throw new QuestionInvalid(['calendar', ...error.field], error.message);
    if (error instanceof DurationInvalid) throw new QuestionInvalid(['add', 'duration'], error.message);
    throw error;
  }
}

function addServed(calendar: CompiledCalendar, { start, duration, holds = [] }: z.infer<typeof Add>): number {
  const from = Date.parse(start);
  let left = nominalServed(calendar, from, parseObjectiveDuration(duration));
  let at = from;
  const spans = holds.map((hold, index) => {
    const span = { from: Date.parse(hold.from), to: Date.parse(hold.to) };
    if (span.to < span.from)
      throw new QuestionInvalid(['add', 'holds', index, 'to'], 'must not be before "from"');
    return span;
  });
  for (const hold of spans.sort((a, b) => a.from - b.from)) {
    if (hold.to <= at) continue;
    const end = advance(calendar, at, left);
    // A hold that begins at or after the end changes nothing.
    if (hold.from >= end) return end;
    left -= openBetween(calendar, at, hold.from);
    at = hold.to;
  }
  return advance(calendar, at, left);
}
