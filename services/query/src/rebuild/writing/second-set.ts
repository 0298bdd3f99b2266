import { inTransaction } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import { type ReadModel, readModels } from './read-models.ts';

/** Where the second set of tables is made, under the names of the first: their indexes then have the same names too. */
export const secondSchema = 'query_rebuild';

/** Two sort at a time. */
const lanes = 2;
const indexMemory = '256MB';
/** Of PostgreSQL's 100: enough to choose an index by, until it finds out more by itself. */
const roughly = 25;
const tables = readModels.map(({ table }) => table.name);
/** A table's own word on whether it is vacuumed, among its options. */
const autovacuum = 'autovacuum_enabled';

/** Makes the second set, empty and without indexes, in place of what an earlier rebuild may have left behind. */
export async function createSecondSet(pool: Pool): Promise<void> {
  await dropSecondSet(pool);
  await pool.query(`create schema ${secondSchema}`);
  for (const model of readModels) await createTable(pool, model);
}

async function createTable(pool: Pool, { table: { name } }: ReadModel): Promise<void> {
  const { rows } = await pool.query<{ options: string[] | null; grants: string[]; statistics: string[] }>(
    `select c.reloptions as options, array(
       select format('alter table ${secondSchema}.${name} alter column %I set statistics %s', a.attname, a.attstattarget)
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attstattarget >= 0) as statistics, array(
       select format('grant %s on ${secondSchema}.${name} to %s%s', a.privilege_type,
         case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
         case when a.is_grantable then ' with grant option' else '' end)
       from aclexplode(c.relacl) a where a.grantee <> c.relowner) as grants
     from pg_class c where c.oid = $1::regclass`,
    [`query.${name}`],
  );
  const { options, grants = [], statistics = [] } = rows[0] ?? {};
  const others = (options ?? []).filter((option) => !option.startsWith(`${autovacuum}=`));
  // It would hold what the switch has to lock.
  const storage = [...others, `${autovacuum}=false`];
  await pool.query(
    `create table ${secondSchema}.${name} (like query.${name} including all excluding indexes)
     with (${storage.join()})`,
  );
  // Neither comes with `like`.
  for (const statement of [...grants, ...statistics]) await pool.query(statement);
}

/** From now on the tables are maintained as the first set is. */
export async function letAutovacuum(transaction: PoolClient): Promise<void> {
  for (const table of tables) {
    const { rows } = await transaction.query<{ own: string }>(
      `select own from pg_class c, unnest(c.reloptions) own
       where c.oid = $1::regclass and own like '${autovacuum}=%'`,
      [`query.${table}`],
    );
    const own = rows[0]?.own;
    const change = own === undefined ? `reset (${autovacuum})` : `set (${own})`;
    await transaction.query(`alter table ${secondSchema}.${table} ${change}`);
  }
}

export async function dropSecondSet(pool: Pool): Promise<void> {
  await pool.query(`drop schema if exists ${secondSchema} cascade`);
}

interface IndexRow {
  table: string;
  name: string;
  definition: string;
  constraint: string | null;
}

/** The indexes that the first set has, those that take long first; quicker after the rows than with them. */
export async function indexSecondSet(pool: Pool): Promise<void> {
  const { rows } = await pool.query<IndexRow>(
    `select t.relname as table, i.relname as name, pg_get_indexdef(i.oid) as definition,
       case k.contype when 'p' then 'primary key' when 'u' then 'unique' end as constraint
     from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
       join pg_am a on a.oid = i.relam
       left join pg_constraint k on k.conindid = i.oid and k.contype in ('p', 'u')
     where t.relnamespace = 'query'::regnamespace and t.relname = any ($1::text[])
     order by a.amname = 'btree', t.relname desc, i.relname`,
    [tables],
  );
  const waiting = [...rows];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await createIndex(pool, next);
    }),
  );
  const constrained = rows.filter(({ constraint }) => constraint !== null);
  for (const { table, name, constraint } of constrained)
    await pool.query(
      `alter table ${secondSchema}.${table} add constraint ${name} ${constraint} using index ${name}`,
    );
  await inTransaction(pool, async (transaction) => {
    await transaction.query(`set local default_statistics_target = ${roughly}`);
    await transaction.query(`analyze ${tables.map((table) => `${secondSchema}.${table}`).join()}`);
  });
}

async function createIndex(pool: Pool, { table, definition }: IndexRow): Promise<void> {
  const text = definition.replace(` ON query.${table} `, ` ON ${secondSchema}.${table} `);
  await inTransaction(pool, async (transaction) => {
    // The lanes are what is parallel here.
    await transaction.query(
      `set local maintenance_work_mem = '${indexMemory}'; set local max_parallel_maintenance_workers = 0`,
    );
    await transaction.query(text);
  });
}
