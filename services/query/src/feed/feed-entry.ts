import { cloudEventForCustomer } from '@ringback/api/ticket';
import {
  type CloudEventTicket,
  type TicketCloudEvent,
  type TicketEvent,
  toCloudEvent,
} from '@ringback/domain/ticket';
import type { RecordedEvent } from '@ringback/event-log';

/** A ticket's event, kept once for all listeners, with what filters need. */
export interface FeedEntry {
  readonly event: RecordedEvent;
  /** The ticket's facts as of this event. */
  readonly facts: CloudEventTicket;
  /** The customer whose ticket it is now, which may differ from the facts. Change it with `setOwner`. */
  owner: string | null;
  /** From a newer release: this one does not know what a customer may see of it. */
  readonly isForStaffOnly: boolean;
  /** Approximate size in memory. */
  readonly bytes: number;
  /** The text on the wire, made on first use. */
  forStaff: Buffer | null;
  forOwner: Buffer | null;
}

export function createFeedEntry(
  event: RecordedEvent,
  facts: CloudEventTicket,
  owner: string | null,
  isForStaffOnly: boolean,
): FeedEntry {
  // The event, and its text for each kind of reader.
  const bytes = 3 * (500 + sizeOf(event.data));
  const entry = { event, facts, owner: null, isForStaffOnly, bytes, forStaff: null, forOwner: null };
  setOwner(entry, owner);
  return entry;
}

export function setOwner(entry: FeedEntry, owner: string | null): void {
  if (entry.owner === owner || entry.isForStaffOnly) return;
  entry.owner = owner;
  entry.forOwner = null;
}

/** The event as text, for staff (null) or for its owner. */
export function textFor(entry: FeedEntry, customerId: string | null): Buffer {
  if (customerId === null) {
    entry.forStaff ??= format(entry.event, entry.facts);
    return entry.forStaff;
  }
  entry.forOwner ??= formatForCustomer(entry.event, entry.facts, customerId);
  return entry.forOwner;
}

/** Moves the client's `Last-Event-ID` on without an event, so that a resume skips what was filtered out. */
export const formatPosition = (position: number): Buffer => Buffer.from(`id: ${position}\n: waiting\n\n`);

function format(event: RecordedEvent, facts: CloudEventTicket): Buffer {
  return formatEvent(event.position, describe(event, facts));
}

/** What the customer may not see of it is a position without an event. */
function formatForCustomer(event: RecordedEvent, facts: CloudEventTicket, customerId: string): Buffer {
  const seen = cloudEventForCustomer(describe(event, facts), customerId);
  return seen === null ? formatPosition(event.position) : formatEvent(event.position, seen);
}

/** Works for types of a newer release too, because the data is not inspected. */
const describe = ({ streamId, ...rest }: RecordedEvent, facts: CloudEventTicket): TicketCloudEvent =>
  toCloudEvent({ ...rest, ticketId: streamId } as unknown as TicketEvent, facts);

/** One event of a server-sent stream (WHATWG HTML, 9.2): `id` is the log's position. */
const formatEvent = (position: number, event: TicketCloudEvent): Buffer =>
  Buffer.from(`id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 16;
  for (const key in value) size += key.length + sizeOf((value as { [key: string]: unknown })[key]);
  return size;
}
