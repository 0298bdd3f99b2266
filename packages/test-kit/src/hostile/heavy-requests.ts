import type { HostileRequest } from './hostile-request.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const week = (windows: [string, string][]) => Object.fromEntries(days.map((day) => [day, windows]));
const halfHours = Array.from({ length: 48 }, (_, index): [string, string] => {
  const hour = String(Math.floor(index / 2)).padStart(2, '0');
  return index % 2 === 0 ? [`${hour}:00`, `${hour}:20`] : [`${hour}:30`, `${hour}:50`];
});
const span = { start: '1970-01-01T00:00:00.000Z', end: '2199-12-31T00:00:00.000Z' };
const begin = Date.parse('2026-03-02T09:00:00Z');

/** A history in which the engine has most to do: each change of priority starts clocks. */
export function simulation(events: number): string {
  return JSON.stringify({
    catalog: 'set-rate-contract',
    plan: 'set-rate',
    priority: 'urgent',
    events: Array.from({ length: events }, (_, index) => ({
      type: index === 0 ? 'TicketOpened' : 'PriorityChanged',
      at: new Date(begin + index * 60_000).toISOString(),
      ...(index === 0 ? {} : { priority: index % 2 === 0 ? 'urgent' : 'low' }),
    })),
    asOf: '2026-06-02T09:00:00.000Z',
  });
}

const calculation = (windows: [string, string][]) =>
  JSON.stringify({ calendar: { timeZone: 'Europe/London', hours: week(windows) }, between: span });

function repeated(length: number, part: (index: number) => string): string {
  let text = '';
  for (let index = 0; text.length < length; index += 1) text += part(index);
  return text;
}

const customer = (contacts: number, phones: number) =>
  JSON.stringify({
    name: 'Many',
    country: 'GB',
    contacts: Array.from({ length: contacts }, (_, index) => ({
      name: `Contact ${index}`,
      phones: Array.from(
        { length: phones },
        (_each, nth) => `020 7946 ${String((index * phones + nth) % 10_000).padStart(4, '0')}`,
      ),
    })),
  });

const yaml = 'application/yaml';

/** What a small request can ask most of, by route. `ticket`: a ticket of `cat-levels`. */
export const heavyRequests = (ticket: string): HostileRequest[] => [
  {
    name: '230 years of a plain week',
    method: 'POST',
    path: '/v1/calendar-calculations',
    body: calculation([['09:00', '17:00']]),
    concurrent: 4,
  },
  {
    name: '230 years of 48 windows a day',
    method: 'POST',
    path: '/v1/calendar-calculations',
    body: calculation(halfHours),
    concurrent: 4,
  },
  {
    name: 'simulations of 2,000 events, 64 at a time',
    method: 'POST',
    path: '/v1/simulations',
    body: simulation(2_000),
    concurrent: 64,
  },
  {
    name: 'a catalog of 262,000 characters of keys, YAML',
    method: 'PUT',
    path: '/v1/catalogs/keys',
    body: `catalog: keys\nplans:\n${repeated(262_000, (index) => `  k${index}: 1\n`)}`,
    contentType: yaml,
    concurrent: 2,
  },
  {
    name: 'a catalog of a megabyte of keys, YAML',
    method: 'PUT',
    path: '/v1/catalogs/keys',
    body: `catalog: keys\nplans:\n${repeated(1_000_000, (index) => `  k${index}: 1\n`)}`,
    contentType: yaml,
    concurrent: 2,
  },
  {
    name: 'a catalog of 260,000 characters of anchors',
    method: 'PUT',
    path: '/v1/catalogs/keys',
    body: '&a '.repeat(86_000),
    contentType: yaml,
    concurrent: 2,
  },
  {
    name: 'a rehearsal of a draft of 262,000 characters',
    method: 'POST',
    path: '/v1/rehearsals',
    body: JSON.stringify({
      customerId: 'bench',
      from: '2026-01-01T00:00:00.000Z',
      to: '2100-01-01T00:00:00.000Z',
      draft: {
        catalog: `catalog: keys\nplans:\n${repeated(262_000, (index) => `  k${index}: 1\n`)}`,
        plan: 'x',
      },
    }),
    concurrent: 2,
  },
  {
    name: 'a customer of 5,000 numbers',
    method: 'PUT',
    path: '/v1/customers/many',
    body: customer(1_000, 5),
    concurrent: 2,
  },
  {
    name: 'a customer of 25,000 numbers',
    method: 'PUT',
    path: '/v1/customers/many',
    body: customer(250, 100),
    concurrent: 2,
  },
  {
    name: '500,000 brackets',
    method: 'POST',
    path: '/v1/tickets',
    body: '['.repeat(500_000),
    concurrent: 2,
  },
  {
    name: '2,000 unknown fields',
    method: 'POST',
    path: '/v1/tickets',
    body: `{${Array.from({ length: 2_000 }, (_, index) => `"k${index}":1`).join()}}`,
    concurrent: 2,
  },
  {
    name: 'three years of a calendar of 48 windows a day',
    method: 'GET',
    path: '/v1/calendars/busy.working?from=2026-01-01&to=2028-12-31',
    concurrent: 2,
  },
  {
    name: 'the ledger of 170 years',
    method: 'GET',
    path: `/v1/tickets/${ticket}/clocks/response/explanation?at=2199-06-15T08:00:00.000Z`,
    concurrent: 2,
  },
];

/** A catalog whose one calendar opens 48 times a day. */
export const busyCatalog = (levels: { calendars: object }): string =>
  JSON.stringify({
    ...levels,
    catalog: 'busy',
    calendars: { ...levels.calendars, working: { hours: week(halfHours), holidays: false } },
  });
