import type { PoolClient } from 'pg';
import type { BreachRow, Retraction } from './breach-rows.ts';
import { searchExpression } from './search.ts';
import { deadlineRows, type Projected } from './ticket-row.ts';

const columns = `ticket_id, reference, version, position, state, customer_id, contract_id, covered, catalog, plan, priority, rank,
  outage, channel, assignee, opened_at, next_due_at, ticket`;

const upsertTickets = `
  insert into query.tickets (${columns}, search)
  select ${columns}, ${searchExpression}
  from jsonb_to_recordset($1::jsonb) as r (ticket_id uuid, reference text, version integer, position bigint,
    state text, customer_id text, contract_id text, covered boolean, catalog text, plan text, priority text,
    rank smallint, outage boolean, channel text, assignee text, opened_at timestamptz,
    next_due_at timestamptz, ticket jsonb)
  on conflict (ticket_id) do update set (${columns}, search) = row (${columns
    .split(',')
    .map((column) => `excluded.${column.trim()}`)
    .join(', ')}, excluded.search)
  where query.tickets.version <= excluded.version
  returning ticket_id`;

const deleteDeadlines = 'delete from query.deadlines where ticket_id = any ($1::uuid[])';

const insertDeadlines = `
  insert into query.deadlines (ticket_id, objective, occurrence, kind, due_at, customer_id)
  select * from jsonb_to_recordset($1::jsonb) as r (ticket_id uuid, objective text, occurrence integer, kind text,
    due_at timestamptz, customer_id text)`;

const insertBreaches = `
  insert into query.breaches (position, event_id, ticket_id, customer_id, kind, objective, occurrence, threshold_at,
    missed_at, recorded_at)
  select * from jsonb_to_recordset($1::jsonb) as r (position bigint, event_id uuid, ticket_id uuid, customer_id text,
    kind text, objective text, occurrence integer, threshold_at timestamptz, missed_at timestamptz,
    recorded_at timestamptz)
  on conflict (position) do nothing`;

/** Only what was recorded before it: the same promise may break again at the same instant, in the same batch. */
const retractBreaches = `
  update query.breaches as b set retracted_at = r.retracted_at
  from (
    select distinct on (b.position) b.position, r.retracted_at
    from jsonb_to_recordset($1::jsonb) as r (ticket_id uuid, objective text, occurrence integer, missed_at timestamptz,
      retracted_at timestamptz, position bigint)
    join query.breaches b on b.ticket_id = r.ticket_id and b.objective = r.objective and b.occurrence = r.occurrence
      and b.missed_at = r.missed_at and b.kind = 'breach' and b.retracted_at is null and b.position < r.position
    order by b.position, r.position
  ) r
  where b.position = r.position`;

const identifyBreaches = `
  update query.breaches as b set customer_id = r.customer_id
  from jsonb_to_recordset($1::jsonb) as r (ticket_id uuid, customer_id text)
  where b.ticket_id = r.ticket_id`;

const deleteOutcomes = 'delete from query.outcomes where ticket_id = any ($1::uuid[])';

const insertOutcomes = `
  insert into query.outcomes select * from jsonb_populate_recordset(null::query.outcomes, $1::jsonb)`;

export interface Rows {
  projected: Projected[];
  breaches: BreachRow[];
  retractions: Retraction[];
  /** Tickets whose customer was found out in this batch. */
  identified: { ticket_id: string; customer_id: string }[];
}

/**
 * Writes what a batch of events changes, a statement for each table. A ticket whose row is of a later version already,
 * because the log is read once more, keeps its row, deadlines and outcomes. The first statement locks the tickets'
 * rows, so that an instance of another release cannot write the same ticket's at the same time.
 */
export async function writeRows(transaction: PoolClient, rows: Rows): Promise<void> {
  const { projected, breaches, retractions, identified } = rows;
  const send = (text: string, items: unknown[]) =>
    items.length === 0 ? undefined : transaction.query(text, [JSON.stringify(items)]);
  const { rows: upserted } = await transaction.query<{ ticket_id: string }>(upsertTickets, [
    JSON.stringify(projected.map(({ row }) => row)),
  ]);
  const ids = upserted.map(({ ticket_id }) => ticket_id);
  const latest = new Set(ids);
  const written = projected.filter(({ row }) => latest.has(row.ticket_id));
  await transaction.query(deleteDeadlines, [ids]);
  await send(insertDeadlines, written.flatMap(deadlineRows));
  await transaction.query(deleteOutcomes, [ids]);
  await send(
    insertOutcomes,
    written.flatMap(({ outcomes }) => outcomes),
  );
  await send(insertBreaches, breaches);
  await send(retractBreaches, retractions);
  await send(identifyBreaches, identified);
}
