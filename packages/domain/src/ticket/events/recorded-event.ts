import { type TicketEvent, ticketEventSchemas } from './events.ts';

/** What the log hands back, as far as a ticket needs it. */
export interface RecordedTicketEvent {
  id: string;
  streamId: string;
  version: number;
  position: number;
  type: string;
  v: number;
  data: { [key: string]: unknown };
  occurredAt: string;
  recordedAt: string;
}

/**
 * Gives a recorded event of a ticket's stream its type. The data was validated before it was appended and upcast
 * when it was read, so it is not parsed again. Throws on a type that this release does not know.
 */
export function asTicketEvent(recorded: RecordedTicketEvent): TicketEvent {
  if (!Object.hasOwn(ticketEventSchemas, recorded.type)) {
    throw new Error(
      `"${recorded.type}" is not a ticket event that this release knows; it may come from a newer one`,
    );
  }
  const { id, streamId: ticketId, version, position, type, v, data, occurredAt, recordedAt } = recorded;
  return { type, v, data, id, ticketId, version, position, occurredAt, recordedAt } as unknown as TicketEvent;
}
