import type { Service, ServiceContext } from '@ringback/service-kit';
import { contractRoutes } from './contracts/contracts.ts';

/** Contracts: which plan covers a customer, and from when until when. */
export function createBilling(context: ServiceContext): Service {
  return {
    name: 'billing',
    routes: (app) => contractRoutes(app, context),
    async start() {},
    async stop() {},
    readiness: [],
  };
}
