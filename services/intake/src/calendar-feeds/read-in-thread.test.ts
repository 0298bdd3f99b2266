import { FeedInvalid } from '@ringback/domain/service-level';
import { describe, expect, it } from 'vitest';
import { readFeedInThread } from './read-in-thread.ts';

const question = (...event: string[]) => ({
  text: ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1@example', ...event, 'END:VEVENT', 'END:VCALENDAR'].join(
    '\r\n',
  ),
  timeZone: 'Europe/London',
  hours: { mon: [['09:00', '17:00']] as [string, string][] },
  from: '2026-01-01',
  to: '2027-12-31',
});

describe('a feed that others have written', () => {
  it('is read', async () => {
    const exceptions = await readFeedInThread(question('DTSTART;VALUE=DATE:20260504', 'SUMMARY:May Day'));
    expect(exceptions).toEqual([{ date: '2026-05-04', hours: [], reason: 'May Day' }]);
  });

  it('is refused where it is none', async () => {
    await expect(readFeedInThread({ ...question(), text: '<html>' })).rejects.toThrow(FeedInvalid);
  });

  it('is given up when a rule never comes to a date, and holds nobody else up meanwhile', async () => {
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 10);
    const endless = question('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31');
    await expect(readFeedInThread(endless, 1_500)).rejects.toThrow('too long');
    clearInterval(heart);
    expect(beats).toBeGreaterThan(3);
  });
});
