import { type Catalog, parseCatalog } from '@ringback/domain/catalog';

const allDay = Object.fromEntries(
  ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
);

/** A catalog whose deadlines are easy to place: every calendar is always open. */
export function watchCatalog(): Catalog {
  const catalog = {
    catalog: 'watch',
    name: 'Watch',
    timeZone: 'UTC',
    defaultPriority: 'normal',
    priorities: {
      normal: { name: 'Normal', rank: 2 },
      warned: { name: 'Warned', rank: 2 },
      urgent: { name: 'Urgent', rank: 1 },
      held: { name: 'Held', rank: 3 },
      distant: { name: 'Distant', rank: 4 },
      free: { name: 'Free', rank: 5 },
    },
    calendars: { always: { hours: allDay }, elsewhere: { hours: allDay } },
    plans: {
      full: {
        name: 'Full',
        objectives: {
          normal: [{ metric: 'response', calendar: 'always', max: 'PT1H' }],
          warned: [{ metric: 'response', calendar: 'always', target: 'PT30M', max: 'PT1H' }],
          urgent: [{ metric: 'response', calendar: 'always', max: 'PT10M' }],
          held: [{ metric: 'restore', calendar: 'always', max: 'PT1H', holds: ['awaiting-customer'] }],
          distant: [{ metric: 'response', calendar: 'always', max: 'P400D' }],
        },
      },
      none: { name: 'None' },
    },
  };
  return parseCatalog(JSON.stringify(catalog), () => []);
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
