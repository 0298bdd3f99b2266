import type { Pool, PoolClient } from 'pg';
import type { Assessment } from './service-levels.ts';

export interface Due {
  ticketId: string;
  /** Epoch milliseconds. */
  dueAt: number;
}

/** `projection`: from a history that is newer than what is kept; `refresh`: from one that is not older. */
export type Source = 'projection' | 'refresh';

/**
 * Replaces what is kept of these tickets, each only by what was seen of a newer history: a second instance, a
 * redelivery or a refresh that comes late changes nothing. A refresh may know amendments of the calendar that the same
 * history did not have when it was projected, so it may replace its equal, and the projection may not.
 */
export async function keepAssessments(
  transaction: PoolClient,
  assessments: Assessment[],
  source: Source,
): Promise<void> {
  // In one order, so that two who write the same tickets wait for each other and not in a circle.
  const sorted = assessments.toSorted((a, b) => (a.ticketId < b.ticketId ? -1 : 1));
  const { rows } = await transaction.query<{ ticket_id: string }>({
    name: `sla-timer-keep-tickets-${source}-1`,
    text: `insert into sla_timer.tickets
        (ticket_id, version, catalog, contract_id, covered, open, unattended_since)
      select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::boolean[], $6::boolean[],
        $7::timestamptz[])
      on conflict (ticket_id) do update set version = excluded.version, catalog = excluded.catalog,
        contract_id = excluded.contract_id, covered = excluded.covered, open = excluded.open,
        unattended_since = case when excluded.unattended_since is not null
          then least(excluded.unattended_since, tickets.unattended_since) end
      where tickets.version ${source === 'refresh' ? '<=' : '<'} excluded.version
      returning ticket_id`,
    values: [
      sorted.map(({ ticketId }) => ticketId),
      sorted.map(({ version }) => version),
      sorted.map(({ catalog }) => catalog),
      sorted.map(({ contractId }) => contractId),
      sorted.map(({ covered }) => covered),
      sorted.map(({ open }) => open),
      sorted.map(({ unattendedSince }) => (unattendedSince === null ? null : instant(unattendedSince))),
    ],
  });
  if (rows.length === 0) return;
  const kept = new Set(rows.map(({ ticket_id }) => ticket_id));
  const dues = sorted
    .filter(({ ticketId }) => kept.has(ticketId))
    .flatMap(({ ticketId, dueAt }) => dueAt.map((at) => ({ ticketId, at })));
  // A statement of its own: its snapshot is taken when the tickets' rows are locked, so it sees what others kept.
  await transaction.query({
    name: 'sla-timer-keep-deadlines-1',
    text: `with wanted as (
        select * from unnest($2::uuid[], $3::timestamptz[]) as w (ticket_id, due_at)
      ), gone as (
        delete from sla_timer.deadlines d where d.ticket_id = any ($1::uuid[])
          and not exists (select from wanted w where w.ticket_id = d.ticket_id and w.due_at = d.due_at)
      )
      insert into sla_timer.deadlines (ticket_id, due_at) select * from wanted on conflict do nothing`,
    values: [[...kept], dues.map(({ ticketId }) => ticketId), dues.map(({ at }) => instant(at))],
  });
}

/** What is kept in the range [from, to) of shards, earliest first; `from` is exclusive of the deadline it names. */
export async function loadDeadlines(
  pool: Pool,
  from: Due,
  to: number,
  shards: readonly number[],
  limit: number,
): Promise<Due[]> {
  const { rows } = await pool.query<{ ticket_id: string; due_at: Date }>({
    name: 'sla-timer-load-deadlines-1',
    text: `select ticket_id, due_at from sla_timer.deadlines
      where (due_at, ticket_id) > ($1::timestamptz, $2::uuid) and due_at < $3 and shard = any ($4::smallint[])
      order by due_at, ticket_id limit $5`,
    values: [instant(from.dueAt), from.ticketId, instant(to), shards, limit],
  });
  return rows.map(({ ticket_id, due_at }) => ({ ticketId: ticket_id, dueAt: due_at.getTime() }));
}

/** About how many deadlines are pending: counting a million takes a tenth of a second, the estimate nothing. */
export async function estimatePending(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ estimate: number }>(
    `select greatest(reltuples, 0)::float8 as estimate from pg_class where oid = 'sla_timer.deadlines'::regclass`,
  );
  return rows[0]?.estimate ?? 0;
}

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(9000, 0, 1);

function instant(milliseconds: number): string {
  return new Date(Math.min(latest, Math.max(earliest, milliseconds))).toISOString();
}
