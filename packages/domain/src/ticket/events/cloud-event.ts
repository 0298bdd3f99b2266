import type { TicketEvent } from './events.ts';

/** What a reader of one event needs to know of its ticket. */
export interface CloudEventTicket {
  reference: string;
  subject: string;
  customerId: string | null;
  priority: string;
  /** `catalog/plan`. */
  plan: string | null;
}

/** A ticket's event as CloudEvents 1.0 (JSON format), the same on every wire. */
export interface TicketCloudEvent {
  specversion: '1.0';
  id: string;
  source: '/ringback/tickets';
  type: string;
  /** The ticket's id. */
  subject: string;
  /** When it happened. */
  time: string;
  datacontenttype: 'application/json';
  /** The log's position, and the version of the ticket's stream. */
  ringbackposition: number;
  ringbackversion: number;
  /** The schema version of `data`. */
  v: number;
  data: { [field: string]: unknown };
}

/** Wraps an event of a ticket's stream: `data` is the event's, with the ticket's facts and the instant of recording. */
export function toCloudEvent(event: TicketEvent, ticket: CloudEventTicket): TicketCloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: '/ringback/tickets',
    type: event.type,
    subject: event.ticketId,
    time: event.occurredAt,
    datacontenttype: 'application/json',
    ringbackposition: event.position,
    ringbackversion: event.version,
    v: event.v,
    data: { ...event.data, ticket: { id: event.ticketId, ...ticket }, recordedAt: event.recordedAt },
  };
}
