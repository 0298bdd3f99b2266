import {
  type CompiledCalendar,
  type CompiledPlan,
  catalogCalendar,
  compilePlan,
  type PlanInForce,
  toMilliseconds,
} from '@ringback/domain/service-level';
import type { PlanReference } from '@ringback/domain/ticket';
import { PlanUnknown } from './errors.ts';
import type { CatalogVersion, ExceptionRecord } from './port.ts';

/** An exception with the position at which it was taken back. */
export interface ExceptionHistory extends ExceptionRecord {
  removedPosition: number | null;
}

/** What changes a catalog's plans, in the order of recording. */
interface Amendment {
  at: number;
  position: number;
  /** The version that it published; null: an exception was added or removed. */
  published: CatalogVersion | null;
  /** Of what was changed: `catalog@version`, or `catalog/calendar`. */
  id: string;
  /** Of the exception; empty for a version. */
  date: string;
}

/** One catalog: its versions and its calendars' exceptions, as they were at any instant. */
export interface CatalogHistory {
  putVersion(version: CatalogVersion): void;
  putException(exception: ExceptionHistory): void;
  version(version?: number): CatalogVersion | null;
  /** The latest version that has this plan. */
  versionWithPlan(plan: string): CatalogVersion | null;
  exceptions(): ExceptionHistory[];
  plansInForce(reference: PlanReference, openedAt: string): PlanInForce[];
}

export function createCatalogHistory(catalog: string): CatalogHistory {
  const versions = new Map<number, CatalogVersion>();
  const exceptions = new Map<number, ExceptionHistory>();
  let latest: CatalogVersion | null = null;
  let amendments: Amendment[] = [];
  /** By plan and by the number of amendments before the opening. */
  const timelines = new Map<string, PlanInForce[]>();
  const compiled = new Map<string, CompiledPlan>();
  /** By version, calendar and the exceptions that hold; the plans of a version share them. */
  const calendars = new Map<string, CompiledCalendar>();

  function amend(): void {
    amendments = [
      ...[...versions.values()].map(publication),
      ...[...exceptions.values()].flatMap(exceptionAmendments),
    ].sort((one, other) => one.position - other.position);
    timelines.clear();
  }

  function timeline({ catalogVersion, plan }: PlanReference, known: number): PlanInForce[] {
    const opened = versions.get(catalogVersion);
    if (opened === undefined || !Object.hasOwn(opened.content.plans, plan)) {
      throw new PlanUnknown(catalog, catalogVersion, plan);
    }
    let current = opened;
    const before = amendments[known - 1]?.position ?? 0;
    const plans: PlanInForce[] = [
      { from: Number.NEGATIVE_INFINITY, plan: compile(current, plan, before), cause: null },
    ];
    for (const { at, position, cause, published } of together(amendments.slice(known))) {
      // A plan that a later version drops goes on as it was for the tickets that were opened under it.
      const isNewer = published !== null && published.version > current.version;
      if (published !== null && !(isNewer && Object.hasOwn(published.content.plans, plan))) continue;
      current = published ?? current;
      const amended = compile(current, plan, position);
      // An exception of a calendar in which this plan promises nothing.
      if (amended !== plans.at(-1)?.plan) plans.push({ from: at, plan: amended, cause });
    }
    return plans;
  }

  /** The plan with the exceptions that hold at a position; the same object as long as those of its calendars do. */
  function compile(version: CatalogVersion, plan: string, position: number): CompiledPlan {
    const calendars = calendarsOf(version, plan);
    const holding = [...exceptions.values()].filter(
      (exception) =>
        calendars.has(exception.calendar) &&
        exception.position <= position &&
        (exception.removedPosition === null || exception.removedPosition > position),
    );
    const key = `${version.version}/${plan}@${holding.map((exception) => exception.position).join(',')}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const made = compilePlan(version.content, plan, holding.map(toPlanException), (id) =>
      compileCalendar(version, id, holding),
    );
    compiled.set(key, made);
    return made;
  }

  function compileCalendar(
    { id: catalogId, version, content }: CatalogVersion,
    id: string,
    holding: readonly ExceptionHistory[],
  ): CompiledCalendar {
    const own = holding.filter(({ calendar }) => calendar === `${catalogId}/${id}`);
    const key = `${version}/${id}@${own.map(({ position }) => position).join(',')}`;
    const known = calendars.get(key);
    if (known !== undefined) return known;
    const made = catalogCalendar(content, id, own.map(toPlanException));
    calendars.set(key, made);
    return made;
  }

  return {
    putVersion(version) {
      versions.set(version.version, version);
      if (latest === null || version.version >= latest.version) latest = version;
      amend();
    },
    putException(exception) {
      exceptions.set(exception.position, exception);
      amend();
    },
    version: (version) => (version === undefined ? latest : (versions.get(version) ?? null)),
    versionWithPlan: (plan) =>
      [...versions.values()]
        .sort((one, other) => other.version - one.version)
        .find(({ content }) => Object.hasOwn(content.plans, plan)) ?? null,
    exceptions: () => [...exceptions.values()],
    plansInForce(reference, openedAt) {
      const known = countUntil(amendments, toMilliseconds(openedAt));
      const key = `${reference.catalogVersion}/${reference.plan}@${known}`;
      const before = timelines.get(key);
      if (before !== undefined) return before;
      const plans = timeline(reference, known);
      timelines.set(key, plans);
      return plans;
    },
  };
}

function publication(published: CatalogVersion): Amendment {
  const { id, version, position, publishedAt } = published;
  return { at: Date.parse(publishedAt), position, published, id: `${id}@${version}`, date: '' };
}

function exceptionAmendments(exception: ExceptionHistory): Amendment[] {
  const { calendar, date, position, addedAt, removedAt, removedPosition } = exception;
  const amendment = (at: string, where: number): Amendment => ({
    at: Date.parse(at),
    position: where,
    published: null,
    id: calendar,
    date,
  });
  const added = amendment(addedAt, position);
  return removedAt === null || removedPosition === null
    ? [added]
    : [added, amendment(removedAt, removedPosition)];
}

/**
 * What amends the plans, one after the other. Exceptions of a calendar that were recorded as one (a feed brings those of
 * years at once) are one amendment: nothing could happen between them.
 */
function together(amendments: readonly Amendment[]) {
  const groups: Amendment[][] = [];
  for (const amendment of amendments) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const isOne =
      last !== undefined &&
      last.published === null &&
      amendment.published === null &&
      amendment.id === last.id &&
      amendment.at === last.at &&
      amendment.position - last.position <= 1;
    if (isOne) group?.push(amendment);
    else groups.push([amendment]);
  }
  return groups.map((group) => {
    const { at, position, published, id } = group.at(-1) as Amendment;
    const dates = group.map(({ date }) => date).sort();
    const [first = '', last = ''] = [dates[0], dates.at(-1)];
    const cause: NonNullable<PlanInForce['cause']> =
      published === null
        ? {
            kind: 'calendar-exception',
            id: `${id}/${first === last ? first : `${first}..${last}`}`,
            position,
          }
        : { kind: 'catalog', id, position };
    return { at, position, published, cause };
  });
}

/** `catalog/calendar` of each calendar in which a plan promises something. */
function calendarsOf({ id, content }: CatalogVersion, plan: string): Set<string> {
  const objectives = Object.values(content.plans[plan]?.objectives ?? {}).flat();
  return new Set(objectives.map(({ calendar }) => `${id}/${calendar}`));
}

function toPlanException({ calendar, date, hours, reason }: ExceptionHistory) {
  return { calendar: calendar.slice(calendar.indexOf('/') + 1), date, hours, reason };
}

/** How many amendments were recorded at or before an instant; the log's instants never run backwards. */
function countUntil(amendments: readonly Amendment[], instant: number): number {
  let low = 0;
  let high = amendments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((amendments[middle]?.at ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
