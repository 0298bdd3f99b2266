import {
  type NewTicketEvent,
  type TicketEventData,
  type TicketEventType,
  ticketEventSchemas,
} from './events.ts';

/** An event in its current schema version; `occurredAt` null: at the instant of recording. */
export function newTicketEvent<T extends TicketEventType>(
  type: T,
  data: TicketEventData<T>,
  occurredAt: string | null = null,
): NewTicketEvent {
  return { type, v: ticketEventSchemas[type].v, data, occurredAt } as NewTicketEvent;
}
