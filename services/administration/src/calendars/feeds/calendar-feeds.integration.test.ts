import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IntakeServer, startIntake } from '../../../../intake/src/testing/intake-server.ts';

const event = (date: string, summary: string) =>
  ['BEGIN:VEVENT', `UID:${date}`, `DTSTART;VALUE=DATE:${date}`, `SUMMARY:${summary}`, 'END:VEVENT'].join(
    '\r\n',
  );
const feedOf = (...events: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events, 'END:VCALENDAR'].join('\r\n');
// Far enough ahead to be ahead of the database's clock for as long as this test is of use.
const year = new Date().getUTCFullYear() + 1;

let server: IntakeServer;
let source: Server;
let answer: { status: number; text: string };
let url: string;
beforeAll(async () => {
  server = await startIntake({ ALLOW_PRIVATE_WEBHOOKS: 'true' });
  source = createServer((_request, response) => response.writeHead(answer.status).end(answer.text));
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(source.address() as { port: number }).port}/closures.ics`;
});
afterAll(async () => {
  source.close();
  await server.stop();
});

const address = '/v1/calendars/cat-levels.working';
const exceptions = async () =>
  (await server.client.get(`${address}/exceptions`)).body.items.map(
    ({ date, source: from, reason }: { date: string; source: string; reason: string }) =>
      `${date} ${from} ${reason}`,
  );

describe('a calendar that follows a feed', () => {
  beforeEach(() => {
    answer = { status: 200, text: feedOf(event(`${year}0106`, 'Stocktaking')) };
  });

  it('has its closures at once, and follows what changes in it', async () => {
    const defined = await server.client.put(`${address}/feed`, { url });
    expect(defined).toMatchObject({ status: 200, body: { url, detail: null, added: 1, removed: 0 } });
    expect(await exceptions()).toEqual([`${year}-01-06 feed Stocktaking`]);
    answer.text = feedOf(event(`${year}0107`, 'Stocktaking'), event(`${year}0108`, 'Repairs'));
    expect((await server.client.post(`${address}/feed/read`)).body).toMatchObject({ added: 2, removed: 1 });
    expect(await exceptions()).toEqual([`${year}-01-07 feed Stocktaking`, `${year}-01-08 feed Repairs`]);
    expect((await server.client.post(`${address}/feed/read`)).body).toMatchObject({ added: 0, removed: 0 });
  });

  it('keeps what it has when the feed cannot be read, and says why', async () => {
    await server.client.put(`${address}/feed`, { url });
    const before = await exceptions();
    for (const [bad, detail] of [
      [{ status: 404, text: '' }, 'the feed answered 404'],
      [{ status: 200, text: '<html></html>' }, 'the feed cannot be read as iCalendar'],
    ] as const) {
      answer = bad;
      const { status, body } = await server.client.post(`${address}/feed/read`);
      expect(status).toBe(200);
      expect(body.detail).toContain(detail);
    }
    expect(await exceptions()).toEqual(before);
    expect((await server.client.get(`${address}/feed`)).body.succeededAt).not.toBeNull();
  });

  it('leaves alone the dates of what was added by hand', async () => {
    await server.client.put(`${address}/feed`, { url });
    const mine = { date: `${year}-01-06`, hours: [['09:00', '12:00']], reason: 'Half-day after all' };
    expect((await server.client.post(`${address}/exceptions`, mine)).status).toBe(201);
    expect((await server.client.post(`${address}/feed/read`)).body).toMatchObject({ added: 0, removed: 0 });
    expect(await exceptions()).toEqual([`${year}-01-06 api Half-day after all`]);
    expect((await server.client.post(`${address}/exceptions`, { ...mine, reason: 'Other' })).status).toBe(
      409,
    );
    expect((await server.client.delete(`${address}/exceptions/${mine.date}`)).status).toBe(204);
  });

  it('is named by what it is when it follows none', async () => {
    expect((await server.client.delete(`${address}/feed`)).status).toBe(204);
    expect((await server.client.get(`${address}/feed`)).status).toBe(404);
    expect((await server.client.put(`${address}/feed`, { url: 'ftp://example' })).body.errors).toMatchObject([
      { pointer: '/body/url' },
    ]);
  });
});

describe('when a calendar is open', () => {
  it('is listed interval by interval, with why a day is closed', async () => {
    await server.client.post(`${address}/exceptions`, {
      date: '2026-12-29',
      hours: [],
      reason: 'Office shutdown',
    });
    const { status, body } = await server.client.get(`${address}?from=2026-12-24&to=2026-12-29`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'cat-levels.working',
      timeZone: 'Europe/London',
      holidays: { region: 'GB-ENG', source: expect.stringMatching(/^date-holidays \d+\.\d+\.\d+$/) },
      from: '2026-12-24T00:00:00.000Z',
      to: '2026-12-30T00:00:00.000Z',
      intervals: [{ from: '2026-12-24T09:00:00.000Z', to: '2026-12-24T17:00:00.000Z', reason: null }],
      closed: [
        { date: '2026-12-25', kind: 'holiday', reason: 'Christmas Day' },
        { date: '2026-12-26', kind: 'holiday', reason: 'Boxing Day' },
        { date: '2026-12-27', kind: 'weekday', reason: null },
        { date: '2026-12-28', kind: 'holiday', reason: expect.stringContaining('Boxing Day') },
        { date: '2026-12-29', kind: 'exception', reason: 'Office shutdown' },
      ],
    });
  });

  it('can be asked of instants, and of today', async () => {
    const { body } = await server.client.get(
      '/v1/calendars/technical-support-centre.office?from=2026-03-02T10:00:00%2B02:00&to=2026-03-02T14:00:00Z',
    );
    expect(body.intervals).toEqual([
      { from: '2026-03-02T08:00:00.000Z', to: '2026-03-02T14:00:00.000Z', reason: null },
    ]);
    expect((await server.client.get(address)).body.intervals.length).toBeGreaterThan(10);
    expect((await server.client.get('/v1/calendars')).body.items.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([
        'cat-levels.working',
        'contract-levels.business-fault',
        'set-rate-contract.always',
      ]),
    );
  });

  it.each([
    ['?from=yesterday', '/query/from'],
    ['?from=2026-12-24&to=2026-12-01', '/query/to'],
    ['?from=2026-01-01&to=2040-01-01', '/query/to'],
    ['?from=1066-10-14', '/query/from'],
  ])('names what is wrong with %s', async (query, pointer) => {
    const { status, body } = await server.client.get(`${address}${query}`);
    expect(status).toBe(422);
    expect(body.errors[0].pointer).toBe(pointer);
  });

  it('names the catalogs when several have the calendar, and answers 404 for none', async () => {
    expect((await server.client.get('/v1/calendars/always')).body.detail).toContain(
      'set-rate-contract.always',
    );
    expect((await server.client.get('/v1/calendars/nonsense')).body.code).toBe('calendar-not-found');
  });
});
