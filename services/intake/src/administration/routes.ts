import type { ServiceContext } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { CalendarFeeds } from '../calendar-feeds/calendar-feeds.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { calendarExceptionRoutes } from './calendar-exceptions.ts';
import { calendarFeedRoutes } from './calendar-feeds.ts';
import { calendarRoutes } from './calendars.ts';
import { catalogRoutes } from './catalogs.ts';
import { contractRoutes } from './contracts.ts';
import { customerRoutes } from './customers.ts';
import { integrationRoutes } from './integrations.ts';
import { onCallRoutes } from './on-call.ts';
import { subscriptionRoutes } from './subscriptions.ts';

/** Everything that administrators define. */
export function administrationRoutes(
  app: FastifyInstance,
  context: ServiceContext,
  feeds: CalendarFeeds,
): void {
  for (const routes of [
    customerRoutes,
    contractRoutes,
    catalogRoutes,
    calendarRoutes,
    calendarExceptionRoutes,
    integrationRoutes,
    subscriptionRoutes,
    onCallRoutes,
    apiKeyRoutes,
  ]) {
    routes(app, context);
  }
  calendarFeedRoutes(app, context, feeds);
}
