import type { ServiceContext } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import { apiKeyRoutes } from './api-keys.ts';
import { calendarRoutes } from './calendars.ts';
import { catalogRoutes } from './catalogs.ts';
import { contractRoutes } from './contracts.ts';
import { customerRoutes } from './customers.ts';
import { integrationRoutes } from './integrations.ts';
import { onCallRoutes } from './on-call.ts';
import { subscriptionRoutes } from './subscriptions.ts';

/** Everything that administrators define. */
export function administrationRoutes(app: FastifyInstance, context: ServiceContext): void {
  for (const routes of [
    customerRoutes,
    contractRoutes,
    catalogRoutes,
    calendarRoutes,
    integrationRoutes,
    subscriptionRoutes,
    onCallRoutes,
    apiKeyRoutes,
  ]) {
    routes(app, context);
  }
}
