import type { TicketCloudEvent } from '@ringback/domain/ticket';
import { eventTraits, type VisibleType } from '@ringback/domain/ticket';
import {
  type CustomerView,
  dataVisibility,
  type FieldRule,
  factVisibility,
  ticketVisibility,
} from './field-visibility.ts';
import type { TicketRepresentation } from './representation.ts';

type Fields = { [field: string]: unknown };
type Rules = { readonly [field: string]: FieldRule<unknown> };

/** Whether a customer may read events of this type at all. A type that this release does not know is hidden. */
export const isVisibleToCustomer = (type: string): type is VisibleType => Object.hasOwn(dataVisibility, type);

/** A ticket, now or as it stood, for the customer whose ticket it is now. Null instead of a customer: for staff. */
export function ticketForCustomer(
  ticket: TicketRepresentation,
  customerId: string | null,
): TicketRepresentation {
  if (customerId === null) return ticket;
  return redact(ticket, ticketVisibility as Rules, viewOf(ticket.customerId, customerId));
}

/**
 * A ticket’s history, in the order of recording and from the first event on, for the customer whose ticket it is now:
 * without the events between staff, and each without what the customer may not read. Null instead of a customer: for
 * staff, as it is.
 */
export function historyForCustomer<E extends { type: string; occurredAt: string; data: Fields }>(
  events: readonly E[],
  customerId: string | null,
): E[] {
  if (customerId === null) return [...events];
  const seen: E[] = [];
  let owner: { customerId: string | null; since: string } = { customerId: null, since: '' };
  for (const event of events) {
    if (namesCustomer(event.type) && event.occurredAt >= owner.since)
      owner = { customerId: event.data.customerId as string | null, since: event.occurredAt };
    if (!isVisibleToCustomer(event.type)) continue;
    seen.push({ ...event, data: dataFor(event.type, event.data, owner.customerId, customerId) });
  }
  return seen;
}

/**
 * An event of a ticket on its way to a customer: what the customer may read of it. `event` says whose ticket it was right
 * after the event. Null: the customer may not read it. Null instead of a customer: for staff, as it is.
 */
export function cloudEventForCustomer(
  event: TicketCloudEvent,
  customerId: string | null,
): TicketCloudEvent | null {
  if (customerId === null) return event;
  if (!isVisibleToCustomer(event.type)) return null;
  const { ticket, recordedAt, ...data } = event.data;
  const owner = (ticket as { customerId: string | null }).customerId;
  return {
    ...event,
    data: {
      ...dataFor(event.type, data, owner, customerId),
      ticket: redact(ticket as Fields, factVisibility as Rules, viewOf(owner, customerId)),
      recordedAt,
    },
  };
}

const namesCustomer = (type: string): boolean =>
  Object.hasOwn(eventTraits, type) &&
  (eventTraits[type as VisibleType].sets as readonly string[]).includes('customer');

const viewOf = (owner: string | null, customerId: string): CustomerView => ({
  isForeign: owner !== null && owner !== customerId,
});

/** Where the data says itself whose ticket it is, that counts: evidence may come after what it was overtaken by. */
function dataFor(type: VisibleType, data: Fields, owner: string | null, customerId: string): Fields {
  const named = namesCustomer(type) ? (data.customerId as string | null) : owner;
  return redact(data, dataVisibility[type] as Rules, viewOf(named, customerId));
}

/** Field by field: what has no rule, such as a field of a newer release, is not shown. */
function redact<R extends object>(record: R, rules: Rules, view: CustomerView): R {
  const seen: Fields = {};
  for (const [field, value] of Object.entries(record)) {
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (rule !== undefined) seen[field] = show(value, rule, view);
  }
  return seen as R;
}

function show(value: unknown, rule: FieldRule<unknown>, view: CustomerView): unknown {
  if (typeof rule === 'function') return rule(value, view);
  const isHidden = rule === 'staff' || (rule === 'own' && view.isForeign);
  if (!isHidden) return value;
  return Array.isArray(value) ? [] : null;
}
