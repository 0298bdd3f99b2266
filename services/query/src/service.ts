import { observeLag, type Service, type ServiceContext } from '@ringback/service-kit';
import { attainmentRoutes } from './attainment/routes.ts';
import { boardRoutes } from './boards/routes.ts';
import { clockRoutes } from './clocks/routes.ts';
import type { QueryContext } from './context.ts';
import { createFeedHub } from './feed/feed-hub.ts';
import type { FeedOptions } from './feed/feed-options.ts';
import { feedRoutes } from './feed/routes.ts';
import { waitForReadModel } from './freshness.ts';
import { createProjection } from './projection/projection.ts';
import { rehearsalRoutes } from './rehearsal/routes.ts';
import { historyRoutes } from './tickets/history-routes.ts';
import { ticketRoutes } from './tickets/routes.ts';

/** Answers: tickets, histories, clocks and why, boards, the live feed. */
export function createQuery(context: ServiceContext, feedOptions: Partial<FeedOptions> = {}): Service {
  const { log, directory, metrics } = context;
  const projection = createProjection({ log, directory });
  const feed = createFeedHub(context, feedOptions);
  const queryContext: QueryContext = {
    ...context,
    projection,
    feed,
    refresh: () => waitForReadModel(log, projection),
  };
  observeLag(metrics, 'ringback_query', 'the read model is behind the log', async () => [
    { labels: {}, lag: await projection.lag() },
  ]);
  return {
    name: 'query',
    routes(app) {
      for (const routes of [
        ticketRoutes,
        historyRoutes,
        clockRoutes,
        boardRoutes,
        attainmentRoutes,
        rehearsalRoutes,
        feedRoutes,
      ])
        routes(app, queryContext);
    },
    start: () => projection.start(),
    async stop() {
      await feed.stop();
      await projection.stop();
    },
    readiness: [
      {
        name: projection.name,
        check: async () => ({ ok: projection.healthy(), detail: `at position ${projection.position()}` }),
      },
    ],
  };
}
