import { cloudEventForCustomer } from '@ringback/api/ticket';
import type { Subscription } from '@ringback/domain/administration';
import type { TicketCloudEvent } from '@ringback/domain/ticket';

/**
 * An event as a subscription receives it; an on-call entry, which has none, receives all of it. Null: nothing. Decided at
 * each delivery, because a subscription may have become a customer’s, or another customer’s, since the event was queued.
 */
export function eventForSubscription(
  event: TicketCloudEvent,
  subscription: Pick<Subscription, 'customerId'> | null,
): TicketCloudEvent | null {
  const customerId = subscription?.customerId ?? null;
  const ticket = event.data.ticket as { customerId: string | null };
  if (customerId !== null && ticket.customerId !== customerId) return null;
  return cloudEventForCustomer(event, customerId);
}
