import type { HostileRequest } from './hostile-request.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const instants = { start: '1970-01-01T00:00:00.000Z', end: '2199-12-31T00:00:00.000Z' };

const week = (windows: [string, string][]) => Object.fromEntries(days.map((day) => [day, windows]));
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const calculation = (windows: [string, string][]) =>
  JSON.stringify({ calendar: { timeZone: 'Europe/London', hours: week(windows) }, between: instants });

/** 320 of them, each of a minute. */
const manyWindows = Array.from({ length: 320 }, (_, nth): [string, string] => [
  clock(nth * 4),
  clock(nth * 4 + 1),
]);

/** What is small, wrong, or guessed. `webhook`: the path of an integration's webhook. */
export const malformedRequests = (webhook: string): HostileRequest[] => [
  {
    name: 'a multipart part without a name',
    method: 'POST',
    path: webhook,
    body: '--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--',
    contentType: 'multipart/form-data; boundary=x',
    concurrent: 4,
    isAuthenticated: false,
  },
  {
    name: 'a webhook of 64 nested levels and 10,000 values',
    method: 'POST',
    path: webhook,
    body: (nth) =>
      JSON.stringify({
        event: 'newCall',
        callId: `deep-${nth}`,
        user: Array.from({ length: 9_000 }, String),
      }),
    concurrent: 4,
    isAuthenticated: false,
  },
  {
    name: 'a webhook with a guessed token',
    method: 'POST',
    path: '/v1/webhooks/zammad-cti/a-token-that-is-guessed',
    body: 'event=newCall&callId=1',
    contentType: 'application/x-www-form-urlencoded',
    concurrent: 8,
    isAuthenticated: false,
  },
  {
    name: '230 years, another closing minute each time',
    method: 'POST',
    path: '/v1/calendar-calculations',
    body: (nth) => calculation([['09:00', clock(600 + (nth % 800))]]),
    concurrent: 4,
  },
  {
    name: '320 windows a day',
    method: 'POST',
    path: '/v1/calendar-calculations',
    body: calculation(manyWindows),
    concurrent: 4,
  },
  {
    name: 'a catalog of a megabyte of keys, JSON',
    method: 'PUT',
    path: '/v1/catalogs/keys',
    body: JSON.stringify({
      catalog: 'keys',
      plans: Object.fromEntries(Array.from({ length: 60_000 }, (_, nth) => [`key-${nth}`, 1])),
    }),
    concurrent: 2,
  },
  {
    name: 'a body of a megabyte that is one text',
    method: 'POST',
    path: '/v1/tickets',
    body: JSON.stringify({ subject: 'x'.repeat(1_000_000) }),
    concurrent: 2,
  },
  {
    name: 'a forged cursor',
    method: 'GET',
    path: '/v1/tickets?cursor=eyJhZnRlciI6ICIxOTk5In0.AAAA',
    concurrent: 8,
  },
  {
    name: 'a key that is guessed',
    method: 'GET',
    path: '/v1/tickets',
    concurrent: 8,
    isAuthenticated: false,
  },
];
