import type { ServiceContext } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import { calendarExceptionRoutes } from './calendars/calendar-exceptions.ts';
import { calendarFeedRoutes } from './calendars/calendar-feed-routes.ts';
import { calendarRoutes } from './calendars/calendars.ts';
import type { CalendarFeeds } from './calendars/feeds/calendar-feeds.ts';
import { catalogRoutes } from './catalogs/catalogs.ts';
import { customerRoutes } from './customers/customers.ts';
import { integrationRoutes } from './integrations/integrations.ts';
import { apiKeyRoutes } from './keys/api-keys.ts';
import { onCallRoutes } from './on-call/on-call.ts';
import { subscriptionRoutes } from './subscriptions/subscriptions.ts';

/** Everything that administrators define. */
export function administrationRoutes(
  app: FastifyInstance,
  context: ServiceContext,
  feeds: CalendarFeeds,
): void {
  for (const routes of [
    customerRoutes,
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
