import type { Administration } from '@ringback/administration';
import type { Ticket, TicketEvent } from '@ringback/domain/ticket';

/** Somebody to tell of an event. */
export interface Recipient {
  subscriptionId: string;
  channel: 'webhook' | 'email';
  /** A URL or an address. */
  target: string;
  /** Sealed; signs the webhook. */
  secret: string | null;
}

/** What a subscription without event types is told of. */
const alarms: ReadonlySet<string> = new Set(['SlaTargetMissed', 'SlaBreached', 'SlaBreachRetracted']);

/**
 * Who is to hear of an event: enabled subscriptions that ask for its type and its customer, made before it was
 * recorded; and whoever is on call, when a ticket of such a priority opens.
 */
export function recipientsOf(
  event: TicketEvent,
  ticket: Ticket,
  administration: Administration,
): Recipient[] {
  const recipients: Recipient[] = [];
  for (const {
    id,
    channel,
    url,
    email,
    eventTypes,
    customerId,
    enabled,
    secret,
    position,
  } of administration.subscriptions()) {
    const wanted = eventTypes.length === 0 ? alarms.has(event.type) : eventTypes.includes(event.type);
    const target = channel === 'webhook' ? url : email;
    if (!enabled || !wanted || target === null || position > event.position) continue;
    if (customerId !== null && customerId !== ticket.customerId) continue;
    recipients.push({ subscriptionId: id, channel, target, secret });
  }
  if (event.type === 'TicketOpened') recipients.push(...onCallFor(ticket, event, administration));
  return recipients;
}

function onCallFor(ticket: Ticket, event: TicketEvent, administration: Administration): Recipient[] {
  const { plan } = ticket.coverage;
  const priority =
    plan === null ? undefined : administration.catalog(plan.catalog)?.content.priorities[ticket.priority];
  return administration.onCall().flatMap(({ id, catalog, priorities, email, url, secret, position }) => {
    if (position > event.position || !priorities.includes(ticket.priority)) return [];
    if (catalog !== null && catalog !== plan?.catalog) return [];
    if (plan !== null && priority?.onCall === false) return [];
    const subscriptionId = `on-call:${id}`;
    return [
      ...(url === null ? [] : [{ subscriptionId, channel: 'webhook' as const, target: url, secret }]),
      ...(email === null ? [] : [{ subscriptionId, channel: 'email' as const, target: email, secret: null }]),
    ];
  });
}
