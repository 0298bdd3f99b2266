import fc from 'fast-check';
import type { Catalog } from '../../catalog/index.ts';
import { type HoldReason, holdReasons, type TicketEventType } from '../../ticket/index.ts';
import type { ServiceLevelHistory } from '../clocks/evaluate.ts';
import { compilePlan, type PlanException } from '../clocks/plan.ts';
import type { ClockEvent, PlanInForce } from '../types.ts';
import { everyRuleCatalog } from './every-rule-catalog.ts';
import type { Minute } from './minute-calendar.ts';
import type { ModelAmendment, ModelEvent } from './minute-model.ts';
import { shippedCatalogs } from './shipped-catalogs.ts';

const minute = 60_000;
const day = 24 * 60;

/** A ticket, its plan and what amended that, in whole minutes since the epoch. */
export interface RandomTicket {
  catalog: Catalog;
  plan: string;
  /** Of the opening; where the caller is identified later, the one that the identification names. */
  priority: string;
  coverage: 'active' | 'identified-later' | 'renewed-later';
  /** Known at the opening. */
  exceptions: readonly PlanException[];
  amendments: readonly { at: Minute; kind: ModelAmendment['kind']; exception: PlanException | null }[];
  /** The opening first. */
  events: readonly ModelEvent[];
  asOf: Minute;
}

const zones: readonly [timeZone: string, holidays: string, dates: readonly string[]][] = [
  ['Europe/London', 'GB-ENG', ['2026-03-27', '2026-10-24', '2026-04-02', '2026-12-23', '2026-12-31']],
  ['Europe/Luxembourg', 'LU', ['2026-03-28', '2026-10-24', '2026-04-30', '2026-06-22', '2026-12-24']],
  ['Africa/Johannesburg', 'ZA', ['2026-04-02', '2026-06-15', '2026-09-23', '2026-12-15', '2026-12-31']],
  ['America/New_York', 'US', ['2026-03-06', '2026-10-31', '2026-11-25', '2026-12-24', '2026-07-02']],
];
const anywhere = ['2028-02-28', '2026-06-15', '2026-07-01'];
const datesOf = (timeZone: string) => [
  ...anywhere,
  ...(zones.find(([zone]) => zone === timeZone)?.[2] ?? []),
];

/** All shipped catalogs, each also with `restart`, and one that uses every rule in each zone. */
export const drawnCatalogs: readonly Catalog[] = [
  ...[...shippedCatalogs.values()].flatMap((catalog) => [
    catalog,
    { ...catalog, priorityChange: 'restart' as const },
  ]),
  ...zones.flatMap(([zone, region]) => [
    everyRuleCatalog(zone, region, 'retain'),
    everyRuleCatalog(zone, region, 'restart'),
  ]),
];

const plainTypes: readonly TicketEventType[] = [
  ...(['TicketAcknowledged', 'TicketAssigned', 'CustomerReplied', 'AgentReplied', 'NoteAdded'] as const),
  ...(['InterventionStarted', 'EquipmentFaultDetermined', 'ReplacementDispatched'] as const),
  ...(['ReplacementDelivered', 'OnSiteVisitDetermined', 'EngineerArrived', 'ServiceRestored'] as const),
  ...(['TicketResolved', 'TicketReopened', 'TicketClosed', 'TicketDeclined'] as const),
  ...(['CallLinked', 'WorkLogged', 'TicketMarkedOutOfScope'] as const),
];
const offset = fc.oneof(
  fc.integer({ min: 0, max: 10 * day }),
  fc.integer({ min: 0, max: 36 * 60 }),
  fc.constantFrom(0, 60, 120, 240, 480, 1440, 2880),
);
const type = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...plainTypes) },
  { weight: 3, arbitrary: fc.constantFrom<TicketEventType>('ClockHeld', 'ClockReleased') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<TicketEventType>(
      ...(['PriorityChanged', 'TurnaroundAgreed', 'TicketReopened'] as const),
      ...(['EquipmentFaultDetermined', 'OnSiteVisitDetermined'] as const),
    ),
  },
);
const exceptionHours = fc.constantFrom<PlanException['hours']>(
  [],
  [],
  [['09:00', '12:00']],
  [
    ['08:00', '11:00'],
    ['11:30', '12:30'],
  ],
  [['22:00', '02:00']],
  [['01:30', '03:00']],
  [['00:00', '24:00']],
);

const fewReasons = fc.oneof(fc.constantFrom(...holdReasons), fc.constantFrom(...holdReasons.slice(0, 2)));

/** Weighted to what has clocks: plans without objectives are drawn, but seldom. */
export const randomTicket: fc.Arbitrary<RandomTicket> = fc
  .constantFrom(...drawnCatalogs)
  .chain((catalog) => {
    const priorities = Object.keys(catalog.priorities);
    const plans = Object.keys(catalog.plans);
    const promising = plans.filter((plan) => catalog.plans[plan]?.objectives !== undefined);
    const calendars = Object.keys(catalog.calendars);
    const date = fc.constantFrom(...datesOf(catalog.timeZone));
    return fc.record({
      catalog: fc.constant(catalog),
      plan: fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(...plans) },
        { weight: 9, arbitrary: fc.constantFrom(...(promising.length === 0 ? plans : promising)) },
      ),
      priority: fc.constantFrom(...priorities),
      coverage: fc.oneof(
        { weight: 8, arbitrary: fc.constant('active' as const) },
        { weight: 1, arbitrary: fc.constantFrom('identified-later' as const, 'renewed-later' as const) },
      ),
      coveredAfter: offset,
      date,
      minuteOfDay: fc.integer({ min: 0, max: day - 1 }),
      exceptions: fc.array(exceptionOf(calendars), { maxLength: 2 }),
      announced: fc.array(fc.record({ after: offset, exception: exceptionOf(calendars) }), { maxLength: 2 }),
      steps: fc.array(
        fc.record({
          type,
          offset,
          reason: fewReasons,
          priority: fc.constantFrom(...priorities),
          turnaround: fc.integer({ min: -60, max: 4 * day }),
        }),
        { maxLength: 12 },
      ),
      asked: offset,
    });
  })
  .map(toTicket);

function exceptionOf(calendars: readonly string[]) {
  return fc.record({
    calendar: fc.constantFrom(...calendars),
    /** Days after the opening's date. */
    day: fc.integer({ min: -1, max: 9 }),
    hours: exceptionHours,
  });
}

interface Drawn {
  catalog: Catalog;
  plan: string;
  priority: string;
  coverage: RandomTicket['coverage'];
  coveredAfter: Minute;
  date: string;
  minuteOfDay: Minute;
  exceptions: { calendar: string; day: number; hours: PlanException['hours'] }[];
  announced: { after: Minute; exception: Drawn['exceptions'][number] }[];
  steps: {
    type: TicketEventType;
    offset: Minute;
    reason: HoldReason;
    priority: string;
    turnaround: Minute;
  }[];
  asked: Minute;
}

function toTicket(drawn: Drawn): RandomTicket {
  const { catalog, plan, priority, coverage, date, coveredAfter } = drawn;
  const midnight = Date.parse(`${date}T00:00:00Z`) / minute;
  const openedAt = midnight + drawn.minuteOfDay;
  const toException = ({ calendar, day: days, hours }: Drawn['exceptions'][number]): PlanException => ({
    ...{ calendar, hours, reason: `Day ${days}` },
    date: new Date((midnight + days * day) * minute).toISOString().slice(0, 10),
  });
  const events = drawn.steps.map(
    ({ type: stepType, offset: after, reason, priority: changed, turnaround }) => {
      const event: ModelEvent = { type: stepType, at: openedAt + after };
      if (stepType === 'ClockHeld' || stepType === 'ClockReleased') return { ...event, reason };
      if (stepType === 'PriorityChanged') return { ...event, priority: changed };
      return stepType === 'TurnaroundAgreed' ? { ...event, dueAt: event.at + turnaround } : event;
    },
  );
  const covered = openedAt + coveredAfter;
  const opening: ModelEvent = { type: 'TicketOpened', at: openedAt, covered: coverage === 'active' };
  const identification: ModelEvent = { type: 'CustomerIdentified', at: covered, priority, covered: true };
  const renewal = { at: covered, kind: 'contract' as const, exception: null };
  const announcements = drawn.announced.map(({ after, exception }) => ({
    ...{ at: openedAt + after, kind: 'calendar-exception' as const },
    exception: toException(exception),
  }));
  return {
    ...{ catalog, plan, priority, coverage },
    exceptions: lastOfEachDate(drawn.exceptions.map(toException)),
    amendments: [...announcements, ...(coverage === 'renewed-later' ? [renewal] : [])].sort(
      (one, other) => one.at - other.at,
    ),
    events: [opening, ...events, ...(coverage === 'identified-later' ? [identification] : [])],
    asOf: openedAt + drawn.asked,
  };
}

/** Two for one date of a calendar are refused. */
function lastOfEachDate(exceptions: readonly PlanException[]): PlanException[] {
  return [...new Map(exceptions.map((each) => [`${each.calendar} ${each.date}`, each])).values()];
}

/** The exceptions that hold after each amendment, the first before any. */
export function exceptionsInForce({ exceptions, amendments }: RandomTicket): PlanException[][] {
  const inForce = [[...exceptions]];
  for (const { exception } of amendments)
    inForce.push(lastOfEachDate([...(inForce.at(-1) ?? []), ...(exception === null ? [] : [exception])]));
  return inForce;
}

/** The ticket as the engine is asked; events have the ids `1`, `2`, … in the order of recording. */
export function historyOf(ticket: RandomTicket): ServiceLevelHistory {
  const { catalog, plan, priority, amendments, events, asOf } = ticket;
  const [first = [], ...later] = exceptionsInForce(ticket);
  const plans: PlanInForce[] = [
    { from: Number.NEGATIVE_INFINITY, plan: compilePlan(catalog, plan, first), cause: null },
  ];
  for (const [index, { at, kind }] of amendments.entries()) {
    const cause = { kind, id: `amendment ${index}`, position: index + 1 };
    plans.push({ from: at * minute, plan: compilePlan(catalog, plan, later[index]), cause });
  }
  return {
    plans,
    events: events.map(({ at, dueAt, ...event }, index) => ({
      ...event,
      id: `${index + 1}`,
      at: at * minute,
      ...(event.type === 'TicketOpened' ? { priority } : {}),
      ...(dueAt === undefined ? {} : { dueAt: dueAt * minute }),
    })) as ClockEvent[],
    asOf: asOf * minute,
  };
}

/** The ticket as the minute model is asked: exceptions are written into the catalog's calendars. */
export function modelQuestionOf(ticket: RandomTicket) {
  const [first = [], ...later] = exceptionsInForce(ticket);
  return {
    catalog: withExceptions(ticket.catalog, first),
    plan: ticket.plan,
    priority: ticket.priority,
    events: ticket.events,
    amendments: ticket.amendments.map(({ at, kind }, index) => ({
      ...{ at, kind },
      catalog: withExceptions(ticket.catalog, later[index] ?? []),
    })),
    asOf: ticket.asOf,
  };
}

function withExceptions(catalog: Catalog, exceptions: readonly PlanException[]): Catalog {
  const calendars = { ...catalog.calendars };
  for (const { calendar, date, hours } of exceptions) {
    const before = calendars[calendar];
    if (before === undefined) continue;
    const others = (before.exceptions ?? []).filter((each) => each.date !== date);
    const windows = hours.map(([from, to]): [string, string] => [from, to]);
    calendars[calendar] = { ...before, exceptions: [...others, { date, hours: windows }] };
  }
  return { ...catalog, calendars };
}
