import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { DayHours } from '../catalog/catalog.ts';
import { listNames } from '../common/index.ts';
import {
  eventTraits,
  HoldReason,
  holdReasons,
  Instant,
  type TicketEventType,
  ticketEventTypes,
} from '../ticket/index.ts';
import { CalendarInvalid, QuestionInvalid } from './calendar/index.ts';
import { ClockRepresentation, representClock } from './clocks/clock-representation.ts';
import { evaluate } from './clocks/evaluate.ts';
import { compilePlan } from './clocks/plan.ts';
import type { ClockEvent } from './types.ts';

const Name = z.string().max(100);
const SimulatedEvent = z.strictObject({
  type: Name.meta({ description: 'A ticket event type', example: 'TicketOpened' }),
  at: Instant,
  reason: Name.optional().meta({ description: 'ClockHeld, ClockReleased: the hold reason' }),
  priority: Name.optional().meta({ description: 'PriorityChanged: the new priority' }),
  dueAt: Instant.optional().meta({ description: 'TurnaroundAgreed: the agreed instant' }),
});
type SimulatedEvent = z.infer<typeof SimulatedEvent>;

/** A history that is only computed: the ticket's transition rules do not apply. */
export const SimulationRequest = z
  .strictObject({
    catalog: Name,
    plan: Name,
    priority: Name,
    events: z.array(SimulatedEvent).max(2_000),
    asOf: Instant,
    calendarExceptions: z
      .array(
        z.strictObject({
          calendar: Name,
          date: z.iso.date(),
          hours: DayHours,
          reason: z.string().max(500).optional(),
        }),
      )
      .max(1_000)
      .optional(),
  })
  .meta({
    example: {
      catalog: 'cat-levels',
      plan: 'cat-1',
      priority: 'normal',
      events: [{ type: 'TicketOpened', at: '2026-03-02T16:00:00.000Z' }],
      asOf: '2026-03-02T16:30:00.000Z',
    },
  })
  .meta({ id: 'SimulationRequest' });
export type SimulationRequest = z.infer<typeof SimulationRequest>;

export const SimulationResponse = z
  .object({ clocks: z.array(ClockRepresentation) })
  .meta({ id: 'SimulationResponse' });
export type SimulationResponse = z.infer<typeof SimulationResponse>;

/**
 * The clocks of a computed history. Events are sorted by `at`, equal instants in the given order; exactly one
 * `TicketOpened`, nothing before it; what lies after `asOf` is ignored. Throws `QuestionInvalid`, which names the field.
 */
export function simulate(
  request: SimulationRequest,
  lookup: (catalog: string) => Catalog | null,
): SimulationResponse {
  const catalog = lookup(request.catalog);
  if (catalog === null)
    throw new QuestionInvalid(['catalog'], `"${request.catalog}" is not a catalog that is published`);
  requireKnown(catalog.plans, request.plan, ['plan'], 'plan');
  requireKnown(catalog.priorities, request.priority, ['priority'], 'priority');
  const exceptions = request.calendarExceptions ?? [];
  const dates = new Set<string>();
  for (const [index, { calendar, date }] of exceptions.entries()) {
    requireKnown(catalog.calendars, calendar, ['calendarExceptions', index, 'calendar'], 'calendar');
    if (dates.has(`${calendar} ${date}`)) {
      throw new QuestionInvalid(
        ['calendarExceptions', index, 'date'],
        `there are two exceptions for ${date} of ${calendar}`,
      );
    }
    dates.add(`${calendar} ${date}`);
  }
  const events = request.events.map((event, index) => toClockEvent(event, index, catalog));
  requireOneOpening(events);
  const opening = events.findIndex(({ type }) => type === 'TicketOpened');
  events[opening] = { ...(events[opening] as ClockEvent), priority: request.priority, covered: true };
  try {
    const plan = compilePlan(catalog, request.plan, exceptions);
    const plans = [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }];
    const { clocks } = evaluate({ plans, events, asOf: Date.parse(request.asOf) });
    return { clocks: clocks.map(representClock) };
  } catch (error) {
    if (error instanceof CalendarInvalid) throw new QuestionInvalid(['events'], error.message);
    throw error;
  }
}

function toClockEvent(event: SimulatedEvent, index: number, catalog: Catalog): ClockEvent {
  const { type, at, reason, priority, dueAt } = event;
  const here = (field: string) => ['events', index, field];
  if (!ticketEventTypes.includes(type as TicketEventType)) {
    throw new QuestionInvalid(
      here('type'),
      `"${type}" is not an event type; allowed are ${ticketEventTypes.join(', ')}`,
    );
  }
  // What an event does not need must not be nonsense either.
  if (reason !== undefined && !HoldReason.safeParse(reason).success)
    throw new QuestionInvalid(here('reason'), `must be one of ${holdReasons.join(', ')}`);
  if (priority !== undefined) requireKnown(catalog.priorities, priority, here('priority'), 'priority');
  const clockEvent: ClockEvent = { id: null, type: type as TicketEventType, at: Date.parse(at) };
  const needed = eventTraits[type as TicketEventType].clocks.data;
  if (needed === 'reason') {
    if (reason === undefined)
      throw new QuestionInvalid(here('reason'), `must be one of ${holdReasons.join(', ')}`);
    clockEvent.reason = reason as HoldReason;
  }
  if (needed === 'priority') {
    requireKnown(catalog.priorities, priority ?? '', here('priority'), 'priority');
    clockEvent.priority = priority as string;
  }
  if (needed === 'dueAt') {
    if (dueAt === undefined)
      throw new QuestionInvalid(here('dueAt'), 'is needed: the instant that was agreed');
    clockEvent.dueAt = Date.parse(dueAt);
  }
  return clockEvent;
}

function requireOneOpening(events: ClockEvent[]): void {
  const openings = events.flatMap(({ type }, index) => (type === 'TicketOpened' ? [index] : []));
  const [opening, second] = openings;
  if (opening === undefined) throw new QuestionInvalid(['events'], 'there must be one TicketOpened');
  if (second !== undefined)
    throw new QuestionInvalid(['events', second, 'type'], 'there must be one TicketOpened only');
  const openedAt = (events[opening] as ClockEvent).at;
  const early = events.findIndex(({ at }, index) => at < openedAt || (at === openedAt && index < opening));
  if (early >= 0)
    throw new QuestionInvalid(['events', early, 'at'], 'nothing may happen before TicketOpened');
}

function requireKnown(known: object, id: string, path: (string | number)[], what: string): void {
  if (Object.hasOwn(known, id)) return;
  throw new QuestionInvalid(
    path,
    `"${id}" is no ${what} of this catalog; allowed are ${listNames(Object.keys(known))}`,
  );
}
