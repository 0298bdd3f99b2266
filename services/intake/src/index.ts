import type { ServiceDefinition } from '@ringback/service-kit';
import { intakeMigrations } from './migrations.ts';
import { createIntake } from './service.ts';

/** Takes in calls, requests and commands. */
export const intake: ServiceDefinition = {
  name: 'intake',
  schema: 'intake',
  migrations: intakeMigrations,
  create: createIntake,
};
