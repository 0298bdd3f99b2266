import { isVisibleToCustomer } from '@ringback/api/ticket';
import type { Directory } from '@ringback/directory';
import {
  type NotificationChannel,
  notificationChannelNames,
  type Subscription,
  targetBy,
} from '@ringback/domain/administration';
import { breachTypes, type Ticket, type TicketEvent } from '@ringback/domain/ticket';
import type { Addressee } from './addressee.ts';
import type { Definitions } from './definitions.ts';

/** Somebody to tell of an event. */
export interface Recipient {
  addressee: Addressee;
  channel: NotificationChannel;
  /** A URL or an address. */
  target: string;
}

/** A subscription without event types receives warnings, breaches and retractions. */
export const wantedTypes = ({ eventTypes }: Subscription): readonly string[] =>
  eventTypes.length === 0 ? breachTypes : eventTypes;

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
    const { id, channel, customerId } = subscription;
    const target = targetBy(channel, subscription);
    if (target === null || !wantedTypes(subscription).includes(event.type)) return [];
    const isTheirs = customerId === ticket.customerId && isVisibleToCustomer(event.type);
    if (customerId !== null && !isTheirs) return [];
    return [{ addressee: { kind: 'subscription' as const, id }, channel, target }];
  });
  return [...subscribers, ...(event.type === 'TicketOpened' ? onCallFor(event, definitions, directory) : [])];
}

/** An entry that lists a priority is alerted, unless the catalog of the opening calls for no one at that priority. */
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
    const addressee = { kind: 'on-call' as const, id: entry.id };
    return notificationChannelNames.flatMap((channel): Recipient[] => {
      const target = targetBy(channel, entry);
      return target === null ? [] : [{ addressee, channel, target }];
    });
  });
}
