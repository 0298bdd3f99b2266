import type { ServiceDefinition } from '@ringback/service-kit';
import { intakeMigrations } from './migrations.ts';
import { createIntake } from './service.ts';

export { readDevelopmentKey } from './bootstrap/keys.ts';
export { adapterNames } from './webhooks/adapters/index.ts';

/** Takes in calls, requests and commands, and keeps the administration. */
export const intake: ServiceDefinition = {
  name: 'intake',
  schema: 'intake',
  migrations: intakeMigrations,
  create: createIntake,
};
