import type { Catalog, CatalogObjective } from '../catalog/catalog.ts';
import { listNames } from '../common/index.ts';
import { CalendarInvalid, type Duration, DurationInvalid, parseObjectiveDuration } from './calendar/index.ts';
import { catalogCalendar } from './clocks/plan.ts';

type Path = (string | number)[];

export interface CatalogFault {
  path: Path;
  message: string;
}

/** What the catalog's schema cannot see: references between its parts, and calendars that cannot be compiled. */
export function catalogProblems(catalog: Catalog): CatalogFault[] {
  const faults: CatalogFault[] = [];
  const require = (known: object, id: string | undefined, path: Path, what: string) => {
    if (id === undefined || Object.hasOwn(known, id)) return;
    faults.push({
      path,
      message: `"${id}" is no ${what} of this catalog; allowed are ${listNames(Object.keys(known))}`,
    });
  };
  require(catalog.priorities, catalog.defaultPriority, ['defaultPriority'], 'priority');
  require(catalog.plans, catalog.planWithoutContract, ['planWithoutContract'], 'plan');
  for (const id of Object.keys(catalog.calendars)) faults.push(...calendarFaults(catalog, id));
  for (const [plan, { objectives = {}, agreedTurnaround = [] }] of Object.entries(catalog.plans)) {
    for (const [index, priority] of agreedTurnaround.entries()) {
      require(catalog.priorities, priority, ['plans', plan, 'agreedTurnaround', index], 'priority');
    }
    for (const [priority, list] of Object.entries(objectives)) {
      const here = ['plans', plan, 'objectives', priority];
      require(catalog.priorities, priority, here, 'priority');
      const seen = new Set<string>();
      for (const [index, objective] of list.entries()) {
        const path = [...here, index];
        require(catalog.calendars, objective.calendar, [...path, 'calendar'], 'calendar');
        if (seen.has(objective.metric)) {
          faults.push({
            path: [...path, 'metric'],
            message: `there are two objectives "${objective.metric}" here`,
          });
        }
        seen.add(objective.metric);
        if (objective.metric === 'update' && (objective.holds ?? []).length > 0) {
          faults.push({ path: [...path, 'holds'], message: 'no hold stops "update": leave it out' });
        }
        faults.push(...durationFaults(catalog, objective, path));
      }
    }
  }
  return faults;
}

function calendarFaults(catalog: Catalog, id: string): CatalogFault[] {
  try {
    catalogCalendar(catalog, id);
    return [];
  } catch (error) {
    if (!(error instanceof CalendarInvalid)) throw error;
    const [first] = error.field;
    const path =
      first === 'timeZone' || first === 'holidays' ? error.field : ['calendars', id, ...error.field];
    return [{ path, message: error.message }];
  }
}

function durationFaults(
  catalog: Catalog,
  { calendar, target, max }: CatalogObjective,
  path: Path,
): CatalogFault[] {
  const faults: CatalogFault[] = [];
  const read: { [field: string]: Duration } = {};
  for (const [field, text] of Object.entries({ target, max })) {
    if (text === undefined) continue;
    const duration = readDuration(text, [...path, field], faults);
    if (duration === null) continue;
    read[field] = duration;
    if (duration.kind === 'days' && !isAlwaysOpen(catalog, calendar)) {
      faults.push({
        path: [...path, field],
        message: 'days (P2D) need a calendar that is always open; use P2BD or PT16H',
      });
    }
    if (amount(duration) === 0)
      faults.push({ path: [...path, field], message: 'must be longer than nothing' });
  }
  const { target: shortest, max: longest } = read;
  const isLonger =
    shortest !== undefined && shortest.kind === longest?.kind && amount(shortest) >= amount(longest);
  if (isLonger) faults.push({ path: [...path, 'target'], message: 'must be shorter than "max"' });
  return faults;
}

function readDuration(text: string, path: Path, faults: CatalogFault[]): Duration | null {
  try {
    return parseObjectiveDuration(text);
  } catch (error) {
    if (!(error instanceof DurationInvalid)) throw error;
    faults.push({ path, message: error.message });
    return null;
  }
}

function amount(duration: ReturnType<typeof parseObjectiveDuration>): number {
  return duration.kind === 'exact' ? duration.milliseconds : duration.days;
}

function isAlwaysOpen(catalog: Catalog, id: string): boolean {
  const calendar = catalog.calendars[id];
  if (calendar === undefined) return true;
  const days = Object.values(calendar.hours);
  const everyDay =
    days.length === 7 &&
    days.every((windows) => windows?.some(([from, to]) => from === '00:00' && to === '24:00'));
  return (
    everyDay &&
    (calendar.holidays === false || catalog.holidays === undefined) &&
    (calendar.exceptions ?? []).length === 0
  );
}
