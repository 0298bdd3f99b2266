import { readFileSync } from 'node:fs';
import {
  type AdministrationEventData,
  type AdministrationEventType,
  type AdministrationKind,
  administrationEventSchemas,
  administrationStreamId,
} from '@ringback/domain/administration';
import { type Catalog, parseCatalog } from '@ringback/domain/catalog';
import {
  createEventLog,
  type EventLog,
  logMigrations,
  migrate,
  subscriptionMigrations,
} from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { createDirectory, type DirectoryOptions } from '../directory.ts';
import { directoryMigrations } from '../migrations.ts';
import type { Directory } from '../port.ts';

export interface DirectoryDatabase extends TestDatabase {
  log: EventLog;
  /** Another instance of the service; started, stopped at the end. */
  open(options?: Partial<DirectoryOptions>): Promise<Directory>;
  /** A further service's schema, migrated. */
  addSchema(schema: string): Promise<void>;
  /** Records an event of an aggregate; its position. */
  record<T extends AdministrationEventType>(
    kind: AdministrationKind,
    id: string,
    type: T,
    data: AdministrationEventData<T>,
  ): Promise<number>;
}

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
export const schema = 'intake';

export async function createDirectoryDatabase(): Promise<DirectoryDatabase> {
  const database = await createTestDatabase();
  const { pool } = database;
  await migrate(pool, 'log', logMigrations);
  const log = createEventLog({ pool });
  const running: Directory[] = [];
  const addSchema = async (name: string) => {
    await migrate(pool, name, [...subscriptionMigrations(name), ...directoryMigrations(name)]);
  };
  await addSchema(schema);
  return {
    ...database,
    log,
    addSchema,
    async open(options = {}) {
      const directory = createDirectory({ log, pool, schema, logger: quiet, ...options });
      running.push(directory);
      await directory.start();
      return directory;
    },
    async record(kind, id, type, data) {
      const { v } = administrationEventSchemas[type];
      const { position } = await log.append({
        appends: [
          {
            stream: { category: 'administration', id: administrationStreamId(kind, id) },
            expected: 'any',
            events: [{ type, v, data: data as { [field: string]: unknown } }],
          },
        ],
        metadata: { actor: 'service:test' },
      });
      return position;
    },
    async drop() {
      for (const directory of running) await directory.stop();
      await log.close();
      await database.drop();
    },
  };
}

export function shippedCatalog(name: string): Catalog {
  const text = readFileSync(new URL(`../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
  return parseCatalog(text, () => []);
}

/** A catalog as an event carries it. */
export function publish(content: Catalog, version: number): AdministrationEventData<'CatalogPublished'> {
  return { version, digest: `${content.catalog}-${version}`, content: { ...content } };
}
