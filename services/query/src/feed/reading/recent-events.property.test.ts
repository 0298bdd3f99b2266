import type { RecordedEvent } from '@ringback/event-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFeedEntry, type FeedEntry } from '../feed-entry.ts';
import { createRecentEvents } from './recent-events.ts';

const facts = { reference: 'RB-1', subject: '', customerId: null, priority: 'normal', plan: null };

const entryAt = (
  position: number,
  ticket = 'a',
  type = 'NoteAdded',
  owner: string | null = null,
): FeedEntry =>
  createFeedEntry(
    { position, streamId: ticket, type, data: {} } as unknown as RecordedEvent,
    facts,
    owner,
    false,
  );

/** How many positions a page has, and which of them are events of tickets. */
const page = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });

it('what is in memory is everything after its start, in order, and never more than its limits', () => {
  fc.assert(
    fc.property(
      fc.array(page, { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 60_000 }),
      (pages, events, bytes) => {
        const recent = createRecentEvents(7, { events, bytes });
        const all: FeedEntry[] = [];
        let position = 7;
        for (const flags of pages) {
          const added = flags.flatMap((isEvent, index) => (isEvent ? [entryAt(position + index + 1)] : []));
          position += flags.length;
          recent.push(added, position);
          all.push(...added);
          const kept = [...recent.after(recent.start())];
          expect(kept).toEqual(all.filter((entry) => entry.event.position > recent.start()));
          expect(recent.end()).toBe(position);
          expect(kept.length).toBeLessThanOrEqual(events);
          expect(kept.reduce((sum, entry) => sum + entry.bytes, 0)).toBeLessThanOrEqual(bytes);
          const middle = Math.floor((recent.start() + position) / 2);
          expect([...recent.after(middle)]).toEqual(kept.filter((entry) => entry.event.position > middle));
        }
      },
    ),
  );
});

it('whose ticket it turns out to be decides about its earlier events', () => {
  const recent = createRecentEvents(0, { events: 100, bytes: 1_000_000 });
  recent.push([entryAt(1, 'a'), entryAt(2, 'b', 'TicketOpened', 'dentist')], 2);
  recent.push([entryAt(3, 'a', 'CustomerIdentified', 'bakery'), entryAt(4, 'a', 'NoteAdded', 'bakery')], 4);
  expect([...recent.after(0)].map(({ owner }) => owner)).toEqual(['bakery', 'dentist', 'bakery', 'bakery']);
});
