import type { Pool } from 'pg';
import { opening } from '../opening.ts';

const ticketsAtOnce = 1_000;
const eventsPerTicket = 5;

/** Fills an empty log: tickets with an opening and four notes, a thousand of them at a time, one event of each in turn. */
export async function fillBacklog(pool: Pool, events: number): Promise<void> {
  await pool.query(
    `with tickets as materialized (
       select n, gen_random_uuid()::text as id from generate_series(0, $1::int / $3) as n
     ), numbered as (
       select p, p / ($2 * $3) * $2 + p % $2 as n, p % ($2 * $3) / $2 + 1 as version from generate_series(0, $1 - 1) as p
     )
     insert into log.events (position, category, stream_id, version, event_id, type, v, data, metadata, occurred_at,
       recorded_at)
     select p + 1, 'ticket', id, version, gen_random_uuid(),
       case version when 1 then 'TicketOpened' else 'NoteAdded' end, 1,
       case version when 1 then $4::jsonb else $5::jsonb end, '{"actor":"service:bench"}', clock_timestamp(),
       clock_timestamp()
     from numbered join tickets using (n)`,
    [
      events,
      ticketsAtOnce,
      eventsPerTicket,
      JSON.stringify(opening()),
      JSON.stringify({ text: 'x'.repeat(200) }),
    ],
  );
  await pool.query('update log.head set position = $1', [events]);
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
}
