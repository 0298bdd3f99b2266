import type { Directory } from '@ringback/directory';
import type { Subscription } from '@ringback/domain/administration';
import { breachTypes, isVisibleToCustomer, type Ticket, type TicketEvent } from '@ringback/domain/ticket';
import type { Definitions } from './definitions.ts';

export type NotificationChannel = 'webhook' | 'email';

/** Somebody to tell of an event. */
export interface Recipient {
  /** A subscription's id, or `on-call:<id>`. */
  subscriptionId: string;
  channel: NotificationChannel;
  /** A URL or an address. */
  target: string;
}

/** A subscription without event types is told of warnings, breaches and retractions. */
export const wantedTypes = ({ eventTypes }: Subscription): readonly string[] =>
  eventTypes.length === 0 ? breachTypes : eventTypes;

/** On-call entries are told under this id. */
const onCallId = (id: string): string => `on-call:${id}`;
/** The entry's id; null: it is an ordinary subscription's. */
export const parseOnCallId = (subscriptionId: string): string | null =>
  /^on-call:(.+)$/.exec(subscriptionId)?.[1] ?? null;

/**
 * Who is to hear of an event: subscriptions that ask for its type and its customer, those of a customer of what it may
 * read; and whoever is on call, when a ticket of such a priority opens.
 */
export function recipientsOf(
  event: TicketEvent,
  ticket: Ticket,
  definitions: Definitions,
  directory: Pick<Directory, 'catalog'>,
): Recipient[] {
  const subscribers = definitions.subscriptions.flatMap((subscription) => {
    const { id, channel, url, email, customerId } = subscription;
    const target = channel === 'webhook' ? url : email;
    if (target === null || !wantedTypes(subscription).includes(event.type)) return [];
    const isTheirs = customerId === ticket.customerId && isVisibleToCustomer(event.type);
    if (customerId !== null && !isTheirs) return [];
    return [{ subscriptionId: id, channel, target }];
  });
  return [...subscribers, ...(event.type === 'TicketOpened' ? onCallFor(event, definitions, directory) : [])];
}

/** An entry that lists a priority is told, unless the catalog of the opening says that nobody is called for it. */
function onCallFor(
  { data: { priority, coverage } }: TicketEvent & { type: 'TicketOpened' },
  { onCall }: Definitions,
  directory: Pick<Directory, 'catalog'>,
): Recipient[] {
  const { plan } = coverage;
  const catalog = plan === null ? null : directory.catalog(plan.catalog, plan.catalogVersion);
  if (catalog?.content.priorities[priority]?.onCall === false) return [];
  return onCall.flatMap((entry): Recipient[] => {
    if (!entry.priorities.includes(priority)) return [];
    if (entry.catalog !== null && entry.catalog !== plan?.catalog) return [];
    const subscriptionId = onCallId(entry.id);
    return [
      ...(entry.url === null ? [] : [{ subscriptionId, channel: 'webhook' as const, target: entry.url }]),
      ...(entry.email === null ? [] : [{ subscriptionId, channel: 'email' as const, target: entry.email }]),
    ];
  });
}
