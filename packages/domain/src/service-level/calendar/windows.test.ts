import { describe, expect, it } from 'vitest';
import {
  advance,
  type CalendarDefinition,
  CalendarInvalid,
  compileCalendar,
  formatDuration,
  nominalServed,
  openBetween,
  parseDuration,
  parseObjectiveDuration,
  segments,
} from './index.ts';

const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString();
const hour = 3_600_000;
type Hours = CalendarDefinition['hours'];
const every = (...windows: [string, string][]): Hours =>
  Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, windows]));
const calendar = (timeZone: string, hours: Hours, rest: Partial<CalendarDefinition> = {}) =>
  compileCalendar({ timeZone, hours, holidays: null, exceptions: [], ...rest });

describe('when the clocks change', () => {
  it('a 24-hour day of spring has 23 hours, of autumn 25', () => {
    const london = calendar('Europe/London', every(['00:00', '24:00']));
    expect(openBetween(london, at('2026-03-29T00:00:00Z'), at('2026-03-29T23:00:00Z'))).toBe(23 * hour);
    expect(openBetween(london, at('2026-10-24T23:00:00Z'), at('2026-10-26T00:00:00Z'))).toBe(25 * hour);
  });

  it('a window that begins or ends in the hour that spring skips does so at the end of the gap', () => {
    const begins = calendar('Europe/Berlin', every(['02:30', '05:00']));
    expect(iso(advance(begins, at('2026-03-29T00:00:00Z'), 0))).toBe('2026-03-29T01:00:00.000Z');
    const ends = calendar('Europe/Berlin', every(['01:00', '02:30']));
    expect(openBetween(ends, at('2026-03-28T23:00:00Z'), at('2026-03-29T12:00:00Z'))).toBe(hour);
    const inside = calendar('Europe/Berlin', every(['02:10', '02:50']));
    expect(openBetween(inside, at('2026-03-28T23:00:00Z'), at('2026-03-29T12:00:00Z'))).toBe(0);
  });

  it('a window opens at the first of the repeated hour and closes at the first', () => {
    const opens = calendar('Europe/Berlin', every(['02:30', '05:00']));
    expect(iso(advance(opens, at('2026-10-24T22:00:00Z'), 0))).toBe('2026-10-25T00:30:00.000Z');
    expect(openBetween(opens, at('2026-10-24T22:00:00Z'), at('2026-10-25T12:00:00Z'))).toBe(3.5 * hour);
    const closes = calendar('Europe/Berlin', every(['01:00', '02:30']));
    expect(openBetween(closes, at('2026-10-24T22:00:00Z'), at('2026-10-25T12:00:00Z'))).toBe(1.5 * hour);
  });

  it('works where it changes by half an hour, and where a whole day is skipped', () => {
    const lordHowe = calendar('Australia/Lord_Howe', every(['00:00', '24:00']));
    expect(openBetween(lordHowe, at('2026-10-03T13:30:00Z'), at('2026-10-04T13:00:00Z'))).toBe(23.5 * hour);
    const apia = calendar('Pacific/Apia', every(['09:00', '17:00']));
    expect(openBetween(apia, at('2011-12-29T10:00:00Z'), at('2012-01-01T10:00:00Z'))).toBe(3 * 8 * hour);
    expect(
      openBetween(
        calendar('Asia/Kathmandu', every(['09:00', '10:00'])),
        at('2026-01-01T03:15:00Z'),
        at('2026-01-01T04:15:00Z'),
      ),
    ).toBe(hour);
  });

  it('two days later is the same wall-clock time, by the offset before the gap where spring skips it', () => {
    const london = calendar('Europe/London', every(['00:00', '24:00']));
    const days = (text: string) => at(text) + nominalServed(london, at(text), parseObjectiveDuration('P2D'));
    expect(iso(days('2026-03-27T12:00:00Z'))).toBe('2026-03-29T11:00:00.000Z');
    expect(iso(days('2026-03-27T01:30:00Z'))).toBe('2026-03-29T01:30:00.000Z');
    expect(iso(days('2026-10-23T00:30:00Z'))).toBe('2026-10-25T00:30:00.000Z');
  });
});

describe('windows', () => {
  it('run past midnight, to 24:00 without a closed minute, and overlap as one', () => {
    const night = calendar('Europe/London', { mon: [['22:00', '06:00']] });
    expect(openBetween(night, at('2026-03-02T00:00:00Z'), at('2026-03-03T12:00:00Z'))).toBe(8 * hour);
    const always = calendar('UTC', every(['00:00', '24:00']));
    expect(iso(advance(always, at('2026-03-02T23:59:30Z'), 60_000))).toBe('2026-03-03T00:00:30.000Z');
    const overlap = calendar('UTC', {
      mon: [
        ['09:00', '13:00'],
        ['12:00', '17:00'],
        ['16:00', '16:30'],
      ],
    });
    expect(openBetween(overlap, at('2026-03-02T00:00:00Z'), at('2026-03-03T00:00:00Z'))).toBe(8 * hour);
    const lunch = calendar('UTC', {
      mon: [
        ['09:00', '12:00'],
        ['13:00', '17:00'],
      ],
    });
    expect(iso(advance(lunch, at('2026-03-02T11:30:00Z'), hour))).toBe('2026-03-02T13:30:00.000Z');
  });

  it('of a date are replaced by its exception, not those that began the day before', () => {
    const night = calendar('UTC', every(['22:00', '06:00']), {
      exceptions: [{ date: '2026-03-03', hours: [], reason: 'shut' }],
    });
    expect(openBetween(night, at('2026-03-03T00:00:00Z'), at('2026-03-04T00:00:00Z'))).toBe(6 * hour);
  });

  it('open on a holiday where an exception says so', () => {
    const definition = {
      holidays: { region: 'GB-ENG' },
      exceptions: [{ date: '2026-12-25', hours: [['10:00', '12:00']] as [string, string][] }],
    };
    const working = calendar('Europe/London', { fri: [['09:00', '17:00']] }, definition);
    expect(openBetween(working, at('2026-12-25T00:00:00Z'), at('2026-12-26T00:00:00Z'))).toBe(2 * hour);
  });
});

describe('a deadline', () => {
  const working = calendar('Europe/London', {
    mon: [['09:00', '17:00']],
    tue: [['09:00', '17:00']],
    fri: [['09:00', '17:00']],
  });

  it('on a closing time is that closing time; a start at a close counts from the next opening', () => {
    expect(iso(advance(working, at('2026-03-02T09:00:00Z'), 8 * hour))).toBe('2026-03-02T17:00:00.000Z');
    expect(iso(advance(working, at('2026-03-02T17:00:00Z'), 1))).toBe('2026-03-03T09:00:00.001Z');
    expect(iso(advance(working, at('2026-03-02T18:00:00Z'), 0))).toBe('2026-03-03T09:00:00.000Z');
  });

  it('of one business day is the close of the next one, whenever the clock started', () => {
    const end = (text: string) =>
      iso(advance(working, at(text), nominalServed(working, at(text), parseObjectiveDuration('P1BD'))));
    for (const friday of ['2026-03-06T10:00:00Z', '2026-03-06T18:00:00Z', '2026-03-08T12:00:00Z']) {
      expect(end(friday)).toBe('2026-03-09T17:00:00.000Z');
    }
  });

  it('is found years ahead in a calendar that opens once a year, and refused in one that never does', () => {
    const exceptions = [2026, 2027, 2028, 2031].map((year) => ({
      date: `${year}-05-01`,
      hours: [['09:00', '10:00']] as [string, string][],
    }));
    const rare = calendar('UTC', {}, { exceptions });
    expect(iso(advance(rare, at('2026-01-01T00:00:00Z'), 4 * hour))).toBe('2031-05-01T10:00:00.000Z');
    expect(() => advance(rare, at('2032-01-01T00:00:00Z'), hour)).toThrow(CalendarInvalid);
    expect(() => calendar('UTC', {})).toThrow('never opens');
  });
});

describe('what cannot be a calendar names its field', () => {
  it.each([
    [{ timeZone: 'Mars/Base' }, ['timeZone']],
    [{ hours: { mon: [['9', '17:00']] } }, ['hours', 'mon', 0, 0]],
    [{ hours: { mon: [['09:00', '24:30']] } }, ['hours', 'mon', 0, 1]],
    [{ holidays: { region: 'XX-YY' } }, ['holidays']],
    [{ exceptions: [{ date: '2026-02-30', hours: [] }] }, ['exceptions', 0, 'date']],
    [
      {
        exceptions: [
          { date: '2026-03-02', hours: [] },
          { date: '2026-03-02', hours: [] },
        ],
      },
      ['exceptions', 1, 'date'],
    ],
  ])('%j', (change, field) => {
    const definition = {
      timeZone: 'UTC',
      hours: every(['09:00', '17:00']),
      holidays: null,
      exceptions: [],
      ...change,
    } as CalendarDefinition;
    expect(() => compileCalendar(definition)).toThrow(
      expect.objectContaining({ name: 'CalendarInvalid', field }),
    );
  });
});

describe('segments', () => {
  it('cover a stretch without gaps, say why it is closed, and add up to what is open', () => {
    const definition = {
      holidays: { region: 'GB-ENG' },
      exceptions: [
        { date: '2026-12-24', hours: [['09:00', '12:00']] as [string, string][], reason: 'Half-day' },
      ],
    };
    const hours = Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]),
    ) as Hours;
    const working = calendar('Europe/London', hours, definition);
    const [from, to] = [at('2026-12-24T08:00:00Z'), at('2026-12-29T10:00:00Z')];
    const found = segments(working, from, to);
    expect(found[0]?.from).toBe(from);
    expect(found.at(-1)?.to).toBe(to);
    for (const [index, segment] of found.entries())
      if (index > 0) expect(segment.from).toBe(found[index - 1]?.to);
    const open = found
      .filter(({ kind }) => kind === 'open')
      .reduce((sum, segment) => sum + segment.to - segment.from, 0);
    expect(open).toBe(openBetween(working, from, to));
    expect(
      found.filter(({ kind }) => kind !== 'closed').map(({ kind, reason }) => `${kind} ${reason}`),
    ).toEqual([
      'exception Half-day',
      'open Half-day',
      'exception Half-day',
      'holiday Christmas Day',
      'holiday Boxing Day',
      'holiday Boxing Day (substitute day)',
      'open null',
    ]);
  });
});

describe('durations', () => {
  it('are written in hours, minutes and seconds, never days, without zero parts', () => {
    expect([0, 250, 1_500, 60_000, 27.5 * hour, 100 * hour, 3_661_001].map(formatDuration)).toEqual([
      'PT0S',
      'PT0.25S',
      'PT1.5S',
      'PT1M',
      'PT27H30M',
      'PT100H',
      'PT1H1M1.001S',
    ]);
  });

  it('are read back as they were written, and nothing else is read', () => {
    for (const milliseconds of [0, 1, 999, 59_999, 3_600_000, 98_765_432_100])
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    for (const text of ['', 'PT', 'P', '8 hours', 'PT1.5H', 'PT-1H', 'P1W', 'P1Y', 'P0BD', 'PT0.1234S']) {
      expect(() => parseObjectiveDuration(text), text).toThrow();
    }
  });
});
