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

/** A ticket's stream, straight from the log, by id or reference; null when there is none. */
export async function readTicket(
  idOrReference: string,
  options: TicketLookupOptions,
): Promise<RecordedEvent[] | null> {
  const id = await ticketIdOf(idOrReference, options);
  if (id === null) return null;
  const events = await options.log.readStream({ category: 'ticket', id });
  return events.length === 0 ? null : events;
}

async function ticketIdOf(
  idOrReference: string,
  { pool, refresh }: TicketLookupOptions,
): Promise<string | null> {
  const lower = idOrReference.toLowerCase();
  if (uuid.test(lower)) return lower;
  const parsed = parseReference(idOrReference);
  if (!parsed.ok) return null;
  const find = async () => {
    const { rows } = await pool.query<{ ticket_id: string }>(
      'select ticket_id from query.tickets where reference = $1',
      [parsed.reference],
    );
    return rows[0]?.ticket_id ?? null;
  };
  return (await find()) ?? (await refresh().then(find));
}
