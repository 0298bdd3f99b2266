import { asTicketEvent, cloudEventForCustomer, foldTicket, toCloudEvent } from '@ringback/domain/ticket';
import type { EventLog, RecordedEvent } from '@ringback/event-log';
import { type FeedSource, formatFeedEvent } from './feed-connection.ts';

/** Feeds all connections of this process from the log. */
export interface FeedHub {
  source: FeedSource;
  /** Lets every connection end. */
  close(): void;
  readonly closed: AbortSignal;
}

const heartbeatMilliseconds = 15_000;

export function createFeedHub(log: EventLog): FeedHub {
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  let head = 0;
  const unsubscribe = log.onAppended((position) => {
    head = Math.max(head, position);
    for (const wake of waiting) wake();
  });

  const ticketsOf = async (events: RecordedEvent[]) =>
    await log.readStreams('ticket', [...new Set(events.map(({ streamId }) => streamId))]);

  return {
    closed: closing.signal,
    close() {
      unsubscribe();
      closing.abort();
      for (const wake of waiting) wake();
    },
    source: {
      read: (after, limit) => log.readAll({ after, limit, category: 'ticket' }),
      async customersOf(ticketIds) {
        const streams = await log.readStreams('ticket', ticketIds);
        return new Map(
          [...streams].map(([id, events]) => [id, foldTicket(events.map(asTicketEvent))?.customerId ?? null]),
        );
      },
      async format(events, customerId) {
        if (events.length === 0) return [];
        const streams = await ticketsOf(events);
        return events.flatMap((recorded) => {
          const event = asTicketEvent(recorded);
          const history = (streams.get(recorded.streamId) ?? []).filter(
            ({ version }) => version <= recorded.version,
          );
          const ticket = foldTicket(history.map(asTicketEvent));
          const plan = ticket?.coverage.plan ?? null;
          const facts = {
            reference: ticket?.reference ?? '',
            subject: ticket?.subject ?? '',
            customerId: ticket?.customerId ?? null,
            priority: ticket?.priority ?? '',
            plan: plan === null ? null : `${plan.catalog}/${plan.plan}`,
          };
          const seen = cloudEventForCustomer(toCloudEvent(event, facts), customerId);
          return seen === null ? [] : [formatFeedEvent(event.position, event.type, JSON.stringify(seen))];
        });
      },
      nextAfter: (position) =>
        new Promise((resolve) => {
          if (head > position || closing.signal.aborted) return resolve();
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, heartbeatMilliseconds);
          waiting.add(wake);
        }),
    },
  };
}
