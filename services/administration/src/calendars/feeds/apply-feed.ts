import { isDeepStrictEqual } from 'node:util';
import {
  type AdministrationEventData,
  administrationEventSchemas,
  administrationStreamId,
} from '@ringback/domain/administration';
import { catalogCalendar, type FeedException } from '@ringback/domain/service-level';
import type { NewEvent } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import { readFeedInThread } from './read-feed.ts';

const yearsAhead = 2;
const readYourWritesMilliseconds = 5_000;

/**
 * Makes a calendar's exceptions those that its feed says, from today on: what lies in the past stays as it was, also
 * when the feed no longer lists it. A date to which somebody added an exception is left alone. Throws `FeedInvalid`.
 */
export async function applyFeed(
  calendar: string,
  text: string,
  context: Pick<ServiceContext, 'directory' | 'whenDefined' | 'log' | 'clock' | 'computations'>,
): Promise<{ added: number; removed: number }> {
  const { directory, whenDefined, log, clock, computations } = context;
  const [catalogId = '', name = ''] = calendar.split('/');
  const content = directory.catalog(catalogId)?.content;
  const definition = content?.calendars[name];
  if (content === undefined || definition === undefined) throw new Error(`there is no calendar ${calendar}`);
  const { days } = catalogCalendar(content, name);
  const today = days.dateOf(days.dayOf(clock.now()));
  const question = {
    text,
    timeZone: content.timeZone,
    hours: definition.hours,
    from: today,
    to: `${Number(today.slice(0, 4)) + yearsAhead}-12-31`,
  };
  const wanted = await readFeedInThread(calendar, question, computations);
  const stream = { category: 'administration' as const, id: administrationStreamId('calendar', calendar) };
  // The version before what is compared: whoever changes the calendar meanwhile makes the append fail.
  const before = await log.readStream(stream);
  const version = before[before.length - 1]?.version ?? 0;
  await directory.whenProcessed(before[before.length - 1]?.position ?? 0, readYourWritesMilliseconds);
  const present = directory
    .calendarExceptions(catalogId)
    .filter((each) => each.calendar === calendar && each.removedAt === null && each.date >= today);
  const byHand = new Set(present.filter(({ source }) => source !== 'feed').map(({ date }) => date));
  const ofFeed = new Map(present.filter(({ source }) => source === 'feed').map((each) => [each.date, each]));
  const added = wanted.filter((each) => !byHand.has(each.date) && !isSame(each, ofFeed.get(each.date)));
  const listed = new Set(wanted.map(({ date }) => date));
  const removed = [...ofFeed.keys()].filter((date) => !listed.has(date));
  const events: NewEvent[] = [
    ...removed.map((date) => toEvent('CalendarExceptionRemoved', { calendar, date })),
    ...added.map((exception) =>
      toEvent('CalendarExceptionAdded', { calendar, ...exception, source: 'feed' }),
    ),
  ];
  if (events.length > 0) {
    const { position } = await log.append({
      appends: [{ stream, expected: version, events }],
      metadata: { actor: 'service:administration' },
    });
    await whenDefined(position);
  }
  return { added: added.length, removed: removed.length };
}

function toEvent<T extends 'CalendarExceptionAdded' | 'CalendarExceptionRemoved'>(
  type: T,
  data: AdministrationEventData<T>,
): NewEvent {
  return { type, v: administrationEventSchemas[type].v, data };
}

function isSame(one: FeedException, other: { hours: unknown; reason: string } | undefined): boolean {
  return other !== undefined && one.reason === other.reason && isDeepStrictEqual(one.hours, other.hours);
}
