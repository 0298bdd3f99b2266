import type { ServiceDefinition } from '@ringback/service-kit';
import { queryMigrations } from './migrations.ts';
import { createQuery } from './service.ts';

/** Everything that is read. */
export const query: ServiceDefinition = {
  name: 'query',
  schema: 'query',
  migrations: queryMigrations,
  create: (context) => createQuery(context),
};
