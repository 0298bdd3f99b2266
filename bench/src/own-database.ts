import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface OwnDatabase {
  url: string;
  pool: pg.Pool;
}

/** Measures in a database of its own on a server, whose name begins with `name`; it is dropped in the end. */
export async function withOwnDatabase<T>(
  connectionString: string,
  name: string,
  measure: (database: OwnDatabase) => Promise<T>,
): Promise<T> {
  const url = new URL(connectionString);
  const database = `${name}_${randomBytes(6).toString('hex')}`;
  url.pathname = `/${database}`;
  const server = new pg.Pool({ connectionString, max: 1 });
  await server.query(`create database ${database}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 6 });
  pool.on('error', () => {});
  try {
    return await measure({ url: url.href, pool });
  } finally {
    await pool.end();
    await server.query(`drop database ${database} with (force)`);
    await server.end();
  }
}
