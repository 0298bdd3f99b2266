import type { PoolClient } from 'pg';
import { readModels } from './writing/read-models.ts';
import { secondSchema } from './writing/second-set.ts';

/** A row that the two sets do not have alike. */
export interface Difference {
  table: string;
  /** By the table's primary key. */
  key: { [column: string]: unknown };
  /** Column → what each set holds; null for a set that does not have the row. */
  live: { [column: string]: unknown } | null;
  rebuilt: { [column: string]: unknown } | null;
}

export interface Comparison {
  rows: number;
  different: number;
  /** The first ones. */
  differences: Difference[];
}

const shown = 10;

/** Compares every row of both sets as text, byte for byte. */
export async function compareTables(transaction: PoolClient): Promise<Comparison> {
  const comparison: Comparison = { rows: 0, different: 0, differences: [] };
  for (const table of readModels.map((model) => model.table.name)) {
    const key = await primaryKey(transaction, table);
    const { rows: counted } = await transaction.query<{ rows: number }>(
      `select count(*)::int as rows from ${secondSchema}.${table}`,
    );
    comparison.rows += counted[0]?.rows ?? 0;
    const { rows } = await transaction.query<Omit<Difference, 'table'> & { different: number }>(
      `select to_jsonb(l) as live, to_jsonb(r) as rebuilt, count(*) over ()::int as different,
         ${jsonOf(key)} as key
       from query.${table} l full join ${secondSchema}.${table} r using (${key.join()})
       where l::text is distinct from r::text order by ${key.join()} limit ${shown}`,
    );
    comparison.different += rows[0]?.different ?? 0;
    for (const { key: at, live, rebuilt } of rows)
      comparison.differences.push({ table, key: at, ...onlyDifferent(live, rebuilt) });
  }
  comparison.differences.splice(shown);
  return comparison;
}

/** A difference in one line. */
export function describeDifference({ table, key, live, rebuilt }: Difference): string {
  const where = `${table} ${Object.values(key).join(' ')}`;
  if (rebuilt === null) return `${where}: only live`;
  if (live === null) return `${where}: only in the log`;
  return `${where}: live ${JSON.stringify(live)}, by the log ${JSON.stringify(rebuilt)}`;
}

const jsonOf = (columns: string[]) =>
  `jsonb_build_object(${columns.map((column) => `'${column}', ${column}`).join()})`;

async function primaryKey(transaction: PoolClient, table: string): Promise<string[]> {
  const { rows } = await transaction.query<{ column: string }>(
    `select a.attname as column from pg_index x
       join pg_attribute a on a.attrelid = x.indrelid and a.attnum = any (x.indkey)
     where x.indrelid = $1::regclass and x.indisprimary order by array_position(x.indkey::int2[], a.attnum)`,
    [`query.${table}`],
  );
  return rows.map(({ column }) => column);
}

function onlyDifferent(live: Difference['live'], rebuilt: Difference['rebuilt']) {
  if (live === null || rebuilt === null) return { live, rebuilt };
  const columns = Object.keys(live).filter(
    (column) => JSON.stringify(live[column]) !== JSON.stringify(rebuilt[column]),
  );
  const pick = (row: { [column: string]: unknown }) =>
    Object.fromEntries(columns.map((column) => [column, row[column]]));
  return { live: pick(live), rebuilt: pick(rebuilt) };
}
