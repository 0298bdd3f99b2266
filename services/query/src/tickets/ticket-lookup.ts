import { parseReference } from '@ringback/domain/ticket';
import type { EventLog, RecordedEvent } from '@ringback/event-log';
import type { Pool } from 'pg';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface TicketLookupOptions {
  log: EventLog;
  pool: Pool;
  /** Brings the read model up to date: a reference that is not in it may be a moment old. */
  refresh(): Promise<unknown>;
}

/**
 * A ticket's stream, straight from the log, by id or reference; null when there is none. For a customer another
 * customer's ticket is one that does not exist: it takes the same statements, and they return the same.
 */
export async function readTicket(
  idOrReference: string,
  customerId: string | null,
  options: TicketLookupOptions,
): Promise<RecordedEvent[] | null> {
  const id = await ticketIdOf(idOrReference, customerId, options);
  if (id === null) return null;
  const stream = { category: 'ticket' as const, id };
  const events = await options.log.readStream(stream, customerId === null ? {} : { customerId });
  return events.length === 0 ? null : events;
}

async function ticketIdOf(
  idOrReference: string,
  customerId: string | null,
  { pool, refresh }: TicketLookupOptions,
): Promise<string | null> {
  const lower = idOrReference.toLowerCase();
  if (uuid.test(lower)) return lower;
  const parsed = parseReference(idOrReference);
  if (!parsed.ok) return null;
  const find = async () => {
    const { rows } = await pool.query<{ ticket_id: string }>(
      'select ticket_id from query.tickets where reference = $1 and ($2::text is null or customer_id = $2)',
      [parsed.reference, customerId],
    );
    return rows[0]?.ticket_id ?? null;
  };
  return (await find()) ?? (await refresh().then(find));
}
