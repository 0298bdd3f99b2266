import type { Catalog, CatalogObjective } from '../../catalog/catalog.ts';
import { type HoldReason, holdReasons, type Metric } from '../../ticket/vocabulary.ts';
import {
  type CompiledCalendar,
  compileCalendar,
  type Duration,
  parseObjectiveDuration,
} from '../calendar/index.ts';
import type { CompiledPlan } from '../types.ts';

/** A set of hold reasons as bits: they are asked for at every event of every clock. */
export type Reasons = number;

export const reasonBit = (reason: HoldReason): Reasons => 1 << holdReasons.indexOf(reason);

export const reasonsIn = (reasons: Reasons): HoldReason[] =>
  holdReasons.filter((reason) => (reasons & reasonBit(reason)) !== 0);

export interface CompiledObjective {
  metric: Metric;
  calendar: CompiledCalendar;
  /** Within the catalog. */
  calendarId: string;
  target: Duration | null;
  max: Duration;
  holds: Reasons;
}

/** What `CompiledPlan` hides from everyone else. */
export interface CompiledTerms extends CompiledPlan {
  readonly timeZone: string;
  readonly priorityChange: 'retain' | 'restart';
  objectives(priority: string): readonly CompiledObjective[];
  /** Those that its objectives run on. */
  calendars(): readonly CompiledCalendar[];
  offersTurnaround(priority: string): boolean;
}

/** A dated exception of a catalog's calendar, added after the catalog was written. */
export interface PlanException {
  /** The calendar's id within the catalog. */
  calendar: string;
  date: string;
  hours: readonly (readonly [string, string])[];
  reason?: string | undefined;
}

const nothing: readonly CompiledObjective[] = [];

/** What was compiled from a catalog without added exceptions: as much as the catalog has, and gone with it. */
interface Compiled {
  plans: Map<string, CompiledTerms>;
  calendars: Map<string, CompiledCalendar>;
}
const compiled = new WeakMap<Catalog, Compiled>();

function compiledOf(catalog: Catalog): Compiled {
  const known = compiled.get(catalog) ?? { plans: new Map(), calendars: new Map() };
  compiled.set(catalog, known);
  return known;
}

/**
 * A plan with its calendars compiled. An added exception replaces the catalog's own for the same date. The same
 * catalog object and plan without exceptions give the same compilation; with exceptions nothing is kept, and a caller
 * that compiles many plans may share their calendars by `calendarOf`. Throws for a plan that the catalog does not have.
 */
export function compilePlan(
  catalog: Catalog,
  planId: string,
  exceptions: readonly PlanException[] = [],
  calendarOf: (id: string) => CompiledCalendar = (id) => catalogCalendar(catalog, id, exceptions),
): CompiledTerms {
  const { plans } = compiledOf(catalog);
  const before = exceptions.length === 0 ? plans.get(planId) : undefined;
  if (before !== undefined) return before;
  const plan = catalog.plans[planId];
  if (plan === undefined) throw new Error(`catalog ${catalog.catalog} has no plan "${planId}"`);
  const calendars = new Map<string, CompiledCalendar>();
  const compiledCalendar = (id: string): CompiledCalendar => {
    const calendar = calendars.get(id) ?? calendarOf(id);
    calendars.set(id, calendar);
    return calendar;
  };
  const byPriority = new Map(
    Object.entries(plan.objectives ?? {}).map(([priority, objectives]) => [
      priority,
      objectives.map((objective) => compileObjective(objective, compiledCalendar)),
    ]),
  );
  const offered = new Set(plan.agreedTurnaround ?? []);
  const terms: CompiledTerms = {
    catalog: catalog.catalog,
    plan: planId,
    timeZone: catalog.timeZone,
    priorityChange: catalog.priorityChange,
    objectives: (priority) => byPriority.get(priority) ?? nothing,
    calendars: () => [...calendars.values()],
    offersTurnaround: (priority) => offered.has(priority),
  };
  if (exceptions.length === 0) plans.set(planId, terms);
  return terms;
}

function compileObjective(
  { metric, calendar, target, max, holds = [] }: CatalogObjective,
  calendarOf: (id: string) => CompiledCalendar,
): CompiledObjective {
  return {
    metric,
    calendar: calendarOf(calendar),
    calendarId: calendar,
    target: target === undefined ? null : parseObjectiveDuration(target),
    max: parseObjectiveDuration(max),
    holds: holds.reduce((bits, reason) => bits | reasonBit(reason), 0),
  };
}

/** A calendar of a catalog with exceptions added to its own. Throws `CalendarInvalid`, or for an unknown calendar. */
export function catalogCalendar(
  catalog: Catalog,
  id: string,
  exceptions: readonly PlanException[] = [],
): CompiledCalendar {
  const calendar = catalog.calendars[id];
  if (calendar === undefined) throw new Error(`catalog ${catalog.catalog} has no calendar "${id}"`);
  const added = exceptions.filter((exception) => exception.calendar === id);
  const { calendars } = compiledOf(catalog);
  const before = added.length === 0 ? calendars.get(id) : undefined;
  if (before !== undefined) return before;
  const dates = new Set(added.map(({ date }) => date));
  const own = (calendar.exceptions ?? []).filter(({ date }) => !dates.has(date));
  const region = calendar.holidays === false ? undefined : catalog.holidays;
  const made = compileCalendar({
    timeZone: catalog.timeZone,
    hours: calendar.hours,
    holidays: region === undefined ? null : { region },
    exceptions: [...own, ...added].map(({ date, hours, reason }) => ({ date, hours, reason })),
  });
  if (added.length === 0) calendars.set(id, made);
  return made;
}

/** For an agreed turnaround: every instant is open, in any zone. */
export const alwaysOpen: CompiledCalendar = compileCalendar({
  timeZone: 'UTC',
  hours: Object.fromEntries(
    ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
  ) as Parameters<typeof compileCalendar>[0]['hours'],
  holidays: null,
  exceptions: [],
});
