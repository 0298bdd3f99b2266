import { randomBytes } from 'node:crypto';
import { logMigrations, migrate, subscriptionMigrations } from '@ringback/event-log';
import { type OwnDatabase, withOwnDatabase } from '../own-database.ts';

/** The schema of the consumer that is measured. */
export const schema = 'consumer';

/** Measures in a database of its own on a server, with an empty log and a consumer's tables. */
export async function withLogDatabase<T>(
  connectionString: string,
  measure: (database: OwnDatabase) => Promise<T>,
): Promise<T> {
  return await withOwnDatabase(connectionString, 'kafka', async (database) => {
    await migrate(database.pool, 'log', logMigrations);
    await migrate(database.pool, schema, subscriptionMigrations(schema));
    return await measure(database);
  });
}

/** What the names of a measurement's topics and groups begin with. */
export const createTopicPrefix = () => `bench-${randomBytes(4).toString('hex')}.`;

export const silent = { info: () => {}, warn: () => {}, error: () => {} };
