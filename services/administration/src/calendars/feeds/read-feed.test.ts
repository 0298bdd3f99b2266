import { FeedInvalid } from '@ringback/domain/service-level';
import { createComputations, createLogger, createMetrics } from '@ringback/service-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { readFeedInThread } from './read-feed.ts';

const computations = createComputations({
  metrics: createMetrics(),
  logger: createLogger('silent', 'test'),
  threads: 1,
});
afterAll(() => computations.stop());

const question = (...event: string[]) => ({
  text: ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1@example', ...event, 'END:VEVENT', 'END:VCALENDAR'].join(
    '\r\n',
  ),
  timeZone: 'Europe/London',
  hours: { mon: [['09:00', '17:00']] as [string, string][] },
  from: '2026-01-01',
  to: '2027-12-31',
});
const read = (asked: ReturnType<typeof question>) =>
  readFeedInThread('cat-levels/working', asked, computations);

describe('a feed that others have written', () => {
  it('is read', async () => {
    const exceptions = await read(question('DTSTART;VALUE=DATE:20260504', 'SUMMARY:May Day'));
    expect(exceptions).toEqual([{ date: '2026-05-04', hours: [], reason: 'May Day' }]);
  });

  it('is refused where it is none', async () => {
    await expect(read({ ...question(), text: '<html>' })).rejects.toThrow(FeedInvalid);
  });

  it('is given up when a rule never comes to a date, and holds no one else up meanwhile', async () => {
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 10);
    const endless = question('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31');
    await expect(read(endless)).rejects.toThrow('too much time or memory');
    clearInterval(heart);
    expect(beats).toBeGreaterThan(3);
    expect(await read(question('DTSTART;VALUE=DATE:20260504', 'SUMMARY:May Day'))).toHaveLength(1);
  });
});
