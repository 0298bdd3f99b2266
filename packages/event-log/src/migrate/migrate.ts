import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { MigrationChanged } from '../errors.ts';

export interface Migration {
  name: string;
  sql: string;
  /** After the SQL, in the same transaction: what SQL alone cannot do. */
  run?(transaction: PoolClient): Promise<void>;
}

/** Any number; the same for everyone who migrates. */
const lockKey = 7_246_554;
const identifier = /^[a-z][a-z0-9_]*$/;

/**
 * Runs the migrations of a schema that have not run yet, in order, each in a transaction of its own, and returns the
 * names of those. Starters at the same time wait for each other. Throws `MigrationChanged` when one that has run
 * reads differently now.
 */
export async function migrate(pool: Pool, schema: string, migrations: Migration[]): Promise<string[]> {
  if (!identifier.test(schema)) throw new Error(`"${schema}" is not a name for a schema`);
  const client = await pool.connect();
  const ran: string[] = [];
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`
      create table if not exists ${schema}.migrations (
        name text primary key, checksum text not null, ran_at timestamptz not null default clock_timestamp())`);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      `select name, checksum from ${schema}.migrations`,
    );
    const known = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    for (const { name, sql, run } of migrations) {
      const checksum = createHash('sha256').update(sql.replace(/\s+/g, ' ').trim()).digest('hex');
      const before = known.get(name);
      if (before !== undefined && before !== checksum) throw new MigrationChanged(schema, name);
      if (before !== undefined) continue;
      await client.query('begin');
      try {
        await client.query(sql);
        await run?.(client);
        await client.query(`insert into ${schema}.migrations (name, checksum) values ($1, $2)`, [
          name,
          checksum,
        ]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
      ran.push(name);
    }
    return ran;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]).catch(() => {});
    client.release();
  }
}
