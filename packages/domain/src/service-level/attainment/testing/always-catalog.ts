import type { Catalog } from '../../../catalog/catalog.ts';

const day: [string, string][] = [['00:00', '24:00']];

/** Round the clock in UTC: plan `quick` answers within four hours, held by the customer; an emergency within one. */
export const alwaysCatalog: Catalog = {
  catalog: 'round-the-clock',
  name: 'Round the clock',
  timeZone: 'UTC',
  priorityChange: 'retain',
  defaultPriority: 'normal',
  priorities: { normal: { name: 'Normal', rank: 2 }, emergency: { name: 'Emergency', rank: 1 } },
  calendars: {
    always: { hours: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day } },
  },
  plans: {
    quick: {
      name: 'Quick',
      objectives: {
        normal: [{ metric: 'response', calendar: 'always', max: 'PT4H', holds: ['awaiting-customer'] }],
        emergency: [{ metric: 'response', calendar: 'always', target: 'PT15M', max: 'PT1H' }],
      },
    },
  },
};
