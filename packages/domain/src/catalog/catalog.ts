import * as z from 'zod';
import { plainText } from '../common/plain-text.ts';
import { Channel, HoldReason, Metric } from '../ticket/vocabulary.ts';

/** `HH:MM`, 00:00 to 24:00, local wall-clock time. */
export const TimeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day, HH:MM from 00:00 to 24:00');
/** `[from, to]`; a close at or before the opening is the next day's. */
export const Window = z.tuple([TimeOfDay, TimeOfDay]);
/** The open windows of one day: one for each half hour at most. */
export const DayHours = z.array(Window).max(48);
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const Identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'an identifier: lower-case letters, digits and hyphens');
const Name = plainText(500);
const Description = z.string().max(10_000);

/** The bounds are several times what any provider has: they keep what others write from costing without end. */
function recordOf<T extends z.ZodType>(value: T, most: number) {
  return z
    .record(Identifier, value)
    .refine((record) => Object.keys(record).length <= most, `at most ${most} entries`)
    .meta({ maxProperties: most });
}

export const CatalogCalendar = z.strictObject({
  description: Description.optional(),
  /** Weekday → open windows. A weekday left out is closed. 24×7 is `[["00:00","24:00"]]` on every day. */
  hours: z.partialRecord(z.enum(weekdays), DayHours),
  /** False: open on public holidays too. Default true, where the catalog names a holiday region. */
  holidays: z.boolean().optional(),
  exceptions: z
    .array(z.strictObject({ date: z.iso.date(), hours: DayHours, reason: Name.optional() }))
    .max(1_000)
    .optional(),
});
export type CatalogCalendar = z.infer<typeof CatalogCalendar>;

/** `PT8H`: time served in the calendar. `P2D`: days of the always-open calendar. `P1BD`: business days. */
export const ObjectiveDuration = z
  .string()
  .regex(
    /^(?:P\d{1,4}BD|P\d{1,4}D|PT(?=\d)(?:\d{1,5}H)?(?:\d{1,6}M)?(?:\d{1,7}(?:\.\d{1,3})?S)?)$/,
    'a duration such as PT4H or PT30M (time served), P2D (days, calendar always) or P1BD (business days)',
  );

export const CatalogObjective = z.strictObject({
  metric: Metric,
  calendar: Identifier,
  target: ObjectiveDuration.optional(),
  max: ObjectiveDuration,
  /** Hold reasons that stop this clock; any other hold leaves it running. */
  holds: z.array(HoldReason).max(20).optional(),
});
export type CatalogObjective = z.infer<typeof CatalogObjective>;

export const CatalogPlan = z.strictObject({
  name: Name,
  description: Description.optional(),
  /** What a contract needs before it is active. */
  activation: z
    .array(z.enum(['acceptance', 'payment']))
    .max(2)
    .optional(),
  channels: z.array(Channel).max(20).optional(),
  /** Priorities for which a turnaround may be agreed on the ticket. */
  agreedTurnaround: z.array(Identifier).max(100).optional(),
  /** Priority → its promises. A priority left out has none. */
  objectives: recordOf(z.array(CatalogObjective).max(20), 100).optional(),
  entitlements: z.record(z.string(), z.unknown()).optional(),
  prices: z.record(z.string(), z.unknown()).optional(),
});
export type CatalogPlan = z.infer<typeof CatalogPlan>;

export const CatalogPriority = z.strictObject({
  name: Name,
  meaning: Description.optional(),
  /** 1 goes first in the queue. */
  rank: z.int().min(1).max(99),
  /** An outage goes before everything else in the queue. */
  outage: z.boolean().optional(),
  /** The engineer on call is alerted when such a ticket opens. */
  onCall: z.boolean().optional(),
});

/** One provider: plans, calendars, priorities, entitlements and rates. Everything about a provider is here. */
export const Catalog = z.strictObject({
  $schema: z.string().max(2_000).optional(),
  catalog: Identifier,
  name: Name,
  description: Description.optional(),
  /** IANA zone of all its calendars. */
  timeZone: z.string().max(100),
  /** A date-holidays region: `GB-ENG`, `ZA`, `US`, `LU`. */
  holidays: z.string().max(50).optional(),
  priorityChange: z.enum(['retain', 'restart']).default('retain'),
  defaultPriority: Identifier,
  /** The plan of a customer without a contract, where the provider names one. */
  planWithoutContract: Identifier.optional(),
  priorities: recordOf(CatalogPriority, 100),
  calendars: recordOf(CatalogCalendar, 50),
  plans: recordOf(CatalogPlan, 200),
  rates: z.record(z.string(), z.unknown()).optional(),
});
export type Catalog = z.infer<typeof Catalog>;
