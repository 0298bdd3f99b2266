import { describe, expect, it } from 'vitest';
import { FeedInvalid } from './errors.ts';
import { readFeed } from './icalendar.ts';

const office = [['09:00', '17:00']] as [string, string][];
const hours = {
  mon: office,
  tue: office,
  wed: [
    ['09:00', '12:00'],
    ['13:00', '17:00'],
  ] as [string, string][],
  thu: office,
  fri: [['22:00', '02:00']] as [string, string][],
};

const read = (...events: string[][]) => {
  const lines = events.flatMap((event) => ['BEGIN:VEVENT', 'UID:1@example', ...event, 'END:VEVENT']);
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...lines, 'END:VCALENDAR'].join('\r\n');
  return readFeed({ text, timeZone: 'Europe/London', hours, from: '2026-01-01', to: '2027-12-31' });
};

describe('a feed of closures', () => {
  it('closes whole days, the end of which is not among them', () => {
    expect(
      read(['DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261226', 'SUMMARY:Office\\, closed']),
    ).toEqual([
      { date: '2026-12-24', hours: [], reason: 'Office, closed' },
      { date: '2026-12-25', hours: [], reason: 'Office, closed' },
    ]);
  });

  it('closes one day where no end is given', () => {
    expect(read(['DTSTART;VALUE=DATE:20260504'])).toEqual([
      { date: '2026-05-04', hours: [], reason: 'Closed' },
    ]);
  });

  it('takes a stretch out of the ordinary hours, in the zone of the calendar', () => {
    // 13:00 to 18:00 in Luxembourg is 12:00 to 17:00 in London.
    const event = [
      'DTSTART;TZID=Europe/Luxembourg:20260506T130000',
      'DTEND;TZID=Europe/Luxembourg:20260506T180000',
      'SUMMARY:Staff outing',
    ];
    expect(read(event)).toEqual([
      { date: '2026-05-06', hours: [['09:00', '12:00']], reason: 'Staff outing' },
    ]);
    expect(read(['DTSTART:20260504T100000Z', 'DTEND:20260504T103000Z', 'SUMMARY:Drill'])).toEqual([
      {
        date: '2026-05-04',
        hours: [
          ['09:00', '11:00'],
          ['11:30', '17:00'],
        ],
        reason: 'Drill',
      },
    ]);
  });

  it('takes it out of the window that it meets, also after midnight, and of no other date', () => {
    expect(read(['DTSTART:20260509T003000', 'DTEND:20260509T040000', 'SUMMARY:Works'])).toEqual([
      { date: '2026-05-08', hours: [['22:00', '00:30']], reason: 'Works' },
    ]);
    expect(read(['DTSTART:20260504T180000', 'DTEND:20260504T190000', 'SUMMARY:After hours'])).toEqual([]);
  });

  it('unfolds what recurs, with its exceptions', () => {
    const found = read(
      [
        'DTSTART;VALUE=DATE:20260105',
        'RRULE:FREQ=WEEKLY;COUNT=4',
        'EXDATE;VALUE=DATE:20260112',
        'SUMMARY:Stocktaking',
      ],
      ['DTSTART;VALUE=DATE:20250601', 'RRULE:FREQ=YEARLY', 'SUMMARY:Founders’ day'],
    );
    expect(found.map(({ date }) => date)).toEqual([
      '2026-01-05',
      '2026-01-19',
      '2026-01-26',
      '2026-06-01',
      '2027-06-01',
    ]);
  });

  it('joins what meets on one date, and leaves out what closes nothing', () => {
    expect(
      read(
        ['DTSTART:20260504T090000', 'DTEND:20260504T100000', 'SUMMARY:Late start'],
        ['DTSTART:20260504T160000', 'DTEND:20260504T170000', 'SUMMARY:Early end'],
        ['DTSTART;VALUE=DATE:20260505', 'STATUS:CANCELLED', 'SUMMARY:Called off'],
        ['DTSTART;VALUE=DATE:20260506', 'TRANSP:TRANSPARENT', 'SUMMARY:Birthday'],
        ['DTSTART;VALUE=DATE:20240101', 'SUMMARY:Long ago'],
      ),
    ).toEqual([{ date: '2026-05-04', hours: [['10:00', '16:00']], reason: 'Late start; Early end' }]);
  });

  it('knows a zone by the feed’s own definition', () => {
    const text = [
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:House time',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0300',
      'TZOFFSETTO:+0300',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;TZID=House time:20260105T120000',
      'DTEND;TZID=House time:20260105T130000',
      'SUMMARY:Briefing',
      'END:VEVENT',
      'END:VCALENDAR',
    ].join('\r\n');
    const question = { timeZone: 'Europe/London', hours, from: '2026-01-01', to: '2026-12-31' };
    expect(readFeed({ text, ...question })).toEqual([
      { date: '2026-01-05', hours: [['10:00', '17:00']], reason: 'Briefing' },
    ]);
  });

  it('looks at the dates that are asked for only, however long an event lasts', () => {
    const dates = read(['DTSTART;VALUE=DATE:00010101', 'DTEND;VALUE=DATE:99990101', 'SUMMARY:For good']);
    expect([dates.length, dates[0]?.date, dates.at(-1)?.date]).toEqual([730, '2026-01-01', '2027-12-31']);
  });

  it.each([
    ['by the second', ['DTSTART:20260105T090000', 'DTEND:20260105T090001', 'RRULE:FREQ=SECONDLY']],
    ['by the hour', ['DTSTART:20260105T090000', 'DTEND:20260105T090001', 'RRULE:FREQ=HOURLY;COUNT=3']],
    ['since ever', ['DTSTART:19000101T090000', 'DTEND:19000101T090001', 'RRULE:FREQ=DAILY']],
    ['for years each day', ['DTSTART:20260105T090000', 'DURATION:P700D', 'RRULE:FREQ=DAILY']],
    ['on the sixth Monday', ['DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=MONTHLY;BYDAY=6MO']],
  ])('refuses an event %s', (_, event) => {
    expect(() => read(event)).toThrow(FeedInvalid);
  });

  it.each([
    ['', 'nothing'],
    ['<html>Not found</html>', 'a page'],
    ['BEGIN:VCARD\r\nEND:VCARD', 'a business card'],
  ])('refuses %s', (text) => {
    expect(() =>
      readFeed({ text, timeZone: 'Europe/London', hours, from: '2026-01-01', to: '2026-12-31' }),
    ).toThrow(FeedInvalid);
  });
});
