import { toInstant } from '@ringback/domain/service-level';
import type { PoolClient } from 'pg';
import type { BreachRow, Retraction } from './breach-rows.ts';
import { breachTable, deadlineTable, outcomeTable, type Table, ticketTable, wordTable } from './tables.ts';
import type { Projected } from './ticket-row.ts';
import type { WordRow } from './word-row.ts';

/** Takes the rows as a JSON array. */
function insertInto({ name, columns }: Table): string {
  const names = Object.keys(columns).join(', ');
  const typed = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  return `insert into query.${name} (${names})
    select ${names} from jsonb_to_recordset($1::jsonb) as r (${typed.join(', ')})`;
}

const upsertTickets = `${insertInto(ticketTable)}
  on conflict (ticket_id) do update set ${Object.keys(ticketTable.columns)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}
  where query.tickets.version <= excluded.version
  returning ticket_id`;
const insertWords = `${insertInto(wordTable)} on conflict (ticket_id) do nothing`;
const insertDeadlines = insertInto(deadlineTable);
const insertOutcomes = insertInto(outcomeTable);
const insertBreaches = `${insertInto(breachTable)} on conflict (position) do nothing`;

const deleteDeadlines = 'delete from query.deadlines where ticket_id = any ($1::uuid[])';
const deleteOutcomes = 'delete from query.outcomes where ticket_id = any ($1::uuid[])';

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

export interface Rows {
  projected: Projected[];
  /** Of tickets that were opened in this batch. */
  words: WordRow[];
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
  const { projected, words, breaches, retractions, identified } = rows;
  const send = (text: string, items: unknown[]) =>
    items.length === 0 ? undefined : transaction.query(text, [JSON.stringify(items)]);
  const { rows: upserted } = await transaction.query<{ ticket_id: string }>(upsertTickets, [
    JSON.stringify(projected.map(({ row }) => asJson(row, ticketTable))),
  ]);
  const ids = upserted.map(({ ticket_id }) => ticket_id);
  const latest = new Set(ids);
  const written = projected.filter(({ row }) => latest.has(row.ticket_id));
  await send(insertWords, words);
  await transaction.query(deleteDeadlines, [ids]);
  await send(
    insertDeadlines,
    written.flatMap(({ deadlines }) => deadlines.map((row) => asJson(row, deadlineTable))),
  );
  await transaction.query(deleteOutcomes, [ids]);
  await send(
    insertOutcomes,
    written.flatMap(({ outcomes }) => outcomes.map((row) => asJson(row, outcomeTable))),
  );
  await send(
    insertBreaches,
    breaches.map((row) => asJson(row, breachTable)),
  );
  await send(retractBreaches, retractions);
  await send(identifyBreaches, identified);
}

/** A row with its instants as PostgreSQL reads them. */
function asJson(row: object, { columns }: Table): object {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'number' && columns[column] === 'timestamptz' ? instantText(value) : value,
    ]),
  );
}

const instantText = (milliseconds: number): string =>
  milliseconds === Number.POSITIVE_INFINITY ? 'infinity' : toInstant(milliseconds);
