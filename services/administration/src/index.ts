import type { ServiceDefinition } from '@ringback/service-kit';
import { administrationMigrations } from './migrations.ts';
import { createAdministration } from './service.ts';

export { readDevelopmentKey } from './keys/bootstrap-key.ts';

/** Keeps what administrators define: customers, catalogs, calendars, integrations, subscriptions, keys. */
export const administration: ServiceDefinition = {
  name: 'administration',
  schema: 'administration',
  migrations: administrationMigrations,
  create: createAdministration,
};
