import type { ServiceDefinition } from '@ringback/service-kit';
import { createBilling } from './service.ts';

/** Keeps the contracts of customers. */
export const billing: ServiceDefinition = {
  name: 'billing',
  schema: 'billing',
  migrations: [],
  create: createBilling,
};
