import type { Directory } from '@ringback/directory';
import type { EventLog, RecordedEvent } from '@ringback/event-log';

/** What changes the plans of tickets that are open. */
const amending = new Set(['CatalogPublished', 'CalendarExceptionAdded', 'CalendarExceptionRemoved']);
const pageSize = 500;
const patienceMilliseconds = 2_000;

/**
 * Makes sure, before a deadline is decided, that no amendment is in the log that the plans in memory do not have yet:
 * a calendar exception recorded just before the deadline it moves must not lose a race against it. Costs one look at
 * an index; waits only when there is something to wait for, and after a while goes on without: a projection of the
 * administration that stands still must not stop every breach.
 */
export function createPlanKnowledge(
  log: Pick<EventLog, 'readAll'>,
  directory: Pick<Directory, 'whenProcessed' | 'subscription'>,
  onBehind: (position: number) => void,
): () => Promise<void> {
  let known: number | null = null;
  return async () => {
    if (known === null) {
      const position = directory.subscription.position();
      if (!(await directory.whenProcessed(position, patienceMilliseconds))) return onBehind(position);
      known = position;
    }
    for (;;) {
      const events: RecordedEvent[] = await log.readAll({
        after: known,
        limit: pageSize,
        category: 'administration',
      });
      const amendment = events.findLast(({ type }) => amending.has(type));
      if (amendment !== undefined) {
        const isKnown = await directory.whenProcessed(amendment.position, patienceMilliseconds);
        if (!isKnown) return onBehind(amendment.position);
      }
      const last = events[events.length - 1];
      if (last !== undefined) known = Math.max(known, last.position);
      if (events.length < pageSize) return;
    }
  };
}
