import { randomBytes } from 'node:crypto';
import { logMigrations, migrate, subscriptionMigrations } from '@ringback/event-log';
import pg from 'pg';

export interface BenchDatabase {
  url: string;
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** The schema of the consumer that is measured. */
export const schema = 'consumer';

/** A database of its own on a server, with an empty log and a consumer's tables. */
export async function createDatabase(connectionString: string): Promise<BenchDatabase> {
  const name = `kafka_${randomBytes(6).toString('hex')}`;
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  const server = new pg.Pool({ connectionString, max: 1 });
  await server.query(`create database ${name}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 6 });
  pool.on('error', () => {});
  await migrate(pool, 'log', logMigrations);
  await migrate(pool, schema, subscriptionMigrations(schema));
  return {
    url: url.href,
    pool,
    async drop() {
      await pool.end();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}

/** What the names of a measurement's topics and groups begin with. */
export const createTopicPrefix = () => `bench-${randomBytes(4).toString('hex')}.`;

export const silent = { info: () => {}, warn: () => {}, error: () => {} };
