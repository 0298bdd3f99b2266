import type { Due } from '@ringback/schedule';
import type { Pool, PoolClient } from 'pg';
import type { Assessment } from './service-levels.ts';

/** `projection`: from a history that is newer than what is kept; `refresh`: from one that is not older. */
export type Source = 'projection' | 'refresh';

/**
 * Replaces what is kept of these tickets, each only by what was seen of a newer history: a second instance, a
 * redelivery or a refresh that comes late changes nothing. A refresh may know amendments of the calendar that the same
 * history did not have when it was projected, so it may replace its equal, and the projection may not. Only what
 * differs is written.
 */
export async function keepAssessments(
  connection: Pool | PoolClient,
  assessments: Assessment[],
  source: Source,
): Promise<void> {
  const isNewer = source === 'refresh' ? '<=' : '<';
  // Locked in one order, so that two who write the same tickets wait for each other and not in a circle.
  const sorted = assessments.toSorted((a, b) => (a.ticketId < b.ticketId ? -1 : 1));
  await connection.query({
    name: `sla-timer-keep-${source}-1`,
    text: `with before as materialized (
        select ticket_id, version, due_at from sla_timer.tickets
        where ticket_id = any ($1::uuid[]) order by ticket_id for update
      ), input as materialized (
        select i.*, i.dues::timestamptz(3)[] as due_at, coalesce(b.due_at, '{}') as was
        from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::timestamptz[],
            $8::text[]) as i (ticket_id, version, catalog, contract_id, covered, open, unattended_since, dues)
          left join before b on b.ticket_id = i.ticket_id
        where b.version is null or b.version ${isNewer} i.version
      ), kept as (
        insert into sla_timer.tickets
          (ticket_id, version, catalog, contract_id, covered, open, unattended_since, due_at)
        select ticket_id, version, catalog, contract_id, covered, open, unattended_since, due_at from input
        on conflict (ticket_id) do update set version = excluded.version, catalog = excluded.catalog,
          contract_id = excluded.contract_id, covered = excluded.covered, open = excluded.open,
          unattended_since = case when excluded.unattended_since is not null
            then least(excluded.unattended_since, tickets.unattended_since) end,
          due_at = excluded.due_at
        where tickets.version ${isNewer} excluded.version
        returning ticket_id
      ), gone as (
        delete from sla_timer.deadlines d
        using input i join kept k on k.ticket_id = i.ticket_id, unnest(i.was) as w (due_at)
        where d.due_at = w.due_at and d.ticket_id = i.ticket_id and w.due_at <> all (i.due_at)
      )
      insert into sla_timer.deadlines (due_at, ticket_id)
      select n.due_at, i.ticket_id from input i join kept k on k.ticket_id = i.ticket_id, unnest(i.due_at) as n (due_at)
      where n.due_at <> all (i.was) on conflict do nothing`,
    values: [
      sorted.map(({ ticketId }) => ticketId),
      sorted.map(({ version }) => version),
      sorted.map(({ catalog }) => catalog),
      sorted.map(({ contractId }) => contractId),
      sorted.map(({ covered }) => covered),
      sorted.map(({ open }) => open),
      sorted.map(({ unattendedSince }) => (unattendedSince === null ? null : instant(unattendedSince))),
      sorted.map(({ dueAt }) => `{${dueAt.map(instant).join()}}`),
    ],
  });
}

/** Removes those of these deadlines that their tickets do not have: what two writers at once may leave behind. */
export async function dropStray(connection: Pool | PoolClient, dues: Due[]): Promise<void> {
  await connection.query({
    name: 'sla-timer-drop-stray-1',
    text: `delete from sla_timer.deadlines d
      using unnest($1::timestamptz[], $2::uuid[]) as s (due_at, ticket_id), sla_timer.tickets t
      where d.due_at = s.due_at and d.ticket_id = s.ticket_id and t.ticket_id = s.ticket_id
        and d.due_at <> all (t.due_at)`,
    values: [dues.map(({ dueAt }) => instant(dueAt)), dues.map(({ key }) => key)],
  });
}

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(9000, 0, 1);

function instant(milliseconds: number): string {
  return new Date(Math.min(latest, Math.max(earliest, milliseconds))).toISOString();
}
