import type { Catalog } from '../../catalog/index.ts';

type Week = Catalog['calendars'][string]['hours'];
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const everyDay = [...weekdays, 'sat', 'sun'] as const;
const hours = (days: readonly (keyof Week)[], ...windows: [string, string][]): Week =>
  Object.fromEntries(days.map((day) => [day, windows]));

/**
 * A provider that no text describes: it uses every metric, every hold reason, targets, all kinds of duration and
 * windows at lunch, past midnight and in the hours that the clocks skip and repeat, in a zone and holiday region that
 * are asked for. What the five shipped catalogs never combine is tested with it.
 */
export function everyRuleCatalog(
  timeZone: string,
  holidays: string,
  priorityChange: Catalog['priorityChange'],
): Catalog {
  return {
    catalog: 'every-rule',
    name: 'Every rule',
    timeZone,
    holidays,
    priorityChange,
    defaultPriority: 'high',
    priorities: {
      high: { name: 'High', rank: 1 },
      low: { name: 'Low', rank: 2 },
      agreed: { name: 'Agreed', rank: 3 },
    },
    calendars: {
      lunch: { hours: hours(weekdays, ['08:30', '12:00'], ['13:00', '17:00']) },
      night: { hours: hours(everyDay, ['22:00', '02:30']), holidays: false },
      always: { hours: hours(everyDay, ['00:00', '24:00']), holidays: false },
    },
    plans: {
      full: {
        name: 'Full',
        agreedTurnaround: ['agreed'],
        objectives: {
          high: [
            { metric: 'response', calendar: 'lunch', target: 'PT1H', max: 'PT3H', holds: ['force-majeure'] },
            {
              metric: 'intervention',
              calendar: 'night',
              max: 'PT6H',
              holds: ['awaiting-remote-access', 'third-party-network'],
            },
            { metric: 'restore', calendar: 'always', target: 'PT4H', max: 'PT12H', holds: ['manufacturer'] },
            {
              metric: 'resolution',
              calendar: 'always',
              target: 'P1D',
              max: 'P2D',
              holds: ['awaiting-customer'],
            },
            {
              metric: 'replacement',
              calendar: 'lunch',
              max: 'P2BD',
              holds: ['manufacturer', 'customer-scheduled'],
            },
            {
              metric: 'on-site',
              calendar: 'night',
              max: 'PT5H',
              holds: ['customer-scheduled', 'awaiting-customer'],
            },
            { metric: 'update', calendar: 'always', max: 'PT2H' },
          ],
          low: [
            {
              metric: 'response',
              calendar: 'night',
              max: 'P1BD',
              holds: ['awaiting-customer', 'manufacturer'],
            },
            { metric: 'restore', calendar: 'lunch', max: 'PT16H', holds: ['third-party-network'] },
            {
              metric: 'resolution',
              calendar: 'lunch',
              target: 'P1BD',
              max: 'P3BD',
              holds: ['force-majeure'],
            },
            { metric: 'replacement', calendar: 'always', max: 'P1D', holds: ['awaiting-customer'] },
            { metric: 'update', calendar: 'lunch', max: 'PT8H' },
          ],
          agreed: [
            { metric: 'response', calendar: 'lunch', max: 'PT6H', holds: ['awaiting-customer'] },
            { metric: 'on-site', calendar: 'always', max: 'PT24H' },
          ],
        },
      },
    },
  };
}
