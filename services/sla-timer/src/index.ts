import type { ServiceDefinition } from '@ringback/service-kit';
import { slaTimerMigrations } from './migrations.ts';
import { createSlaTimer } from './service.ts';

/** Watches the clocks: appends warnings and breaches the moment they are due, and nothing else. */
export const slaTimer: ServiceDefinition = {
  name: 'sla-timer',
  schema: 'sla_timer',
  migrations: slaTimerMigrations,
  create: (context) => createSlaTimer(context),
};
