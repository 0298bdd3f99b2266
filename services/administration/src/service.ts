import type { Service, ServiceContext } from '@ringback/service-kit';
import { createCalendarFeeds } from './calendars/feeds/calendar-feeds.ts';
import { publishCatalogs } from './catalogs/publish-catalogs.ts';
import { bootstrapKey } from './keys/bootstrap-key.ts';
import { administrationRoutes } from './routes.ts';

/** Keeps what administrators define, publishes the shipped catalogs, and reads the feeds of calendars. */
export function createAdministration(context: ServiceContext): Service {
  const feeds = createCalendarFeeds(context);
  return {
    name: 'administration',
    routes: (app) => administrationRoutes(app, context, feeds),
    async start() {
      await publishCatalogs(context);
      await bootstrapKey(context);
      feeds.start();
    },
    stop: () => feeds.stop(),
    readiness: [],
  };
}
