import type { ServiceDefinition } from '@ringback/service-kit';
import { notificationMigrations } from './migrations.ts';
import { createNotification } from './service.ts';

/** Makes sure that whoever must know hears of it, once. */
export const notification: ServiceDefinition = {
  name: 'notification',
  schema: 'notification',
  migrations: notificationMigrations,
  create: createNotification,
};
