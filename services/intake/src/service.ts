import type { Service, ServiceContext } from '@ringback/service-kit';
import { administrationRoutes } from './administration/routes.ts';
import { publishCatalogs } from './bootstrap/catalogs.ts';
import { bootstrapKey } from './bootstrap/keys.ts';
import { createCalendarFeeds } from './calendar-feeds/calendar-feeds.ts';
import { computationRoutes, warmComputations } from './routes/computations.ts';
import { ticketRoutes } from './routes/tickets.ts';
import { createReferenceNumbers } from './tickets/reference-numbers.ts';
import { observeDeliveries } from './webhooks/delivery-metrics.ts';
import { createInterpreter } from './webhooks/interpreter.ts';
import type { InterpreterSettings } from './webhooks/interpreter-settings.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/** The door: commands on tickets, administration, and what phone systems post. */
export async function createIntake(
  context: ServiceContext,
  settings?: InterpreterSettings,
): Promise<Service> {
  const references = await createReferenceNumbers(context.pool);
  const interpreter = createInterpreter(context, references, settings);
  observeDeliveries(context.pool, context.metrics);
  const feeds = createCalendarFeeds(context);
  const { directory } = context;
  return {
    name: 'intake',
    routes(app) {
      ticketRoutes(app, context, references);
      computationRoutes(app, context);
      administrationRoutes(app, context, feeds);
      webhookRoutes(app, context, interpreter.wake);
    },
    async start() {
      const warmed = warmComputations(context);
      await publishCatalogs(context);
      await bootstrapKey(context);
      await warmed;
      interpreter.start();
      feeds.start();
    },
    async stop() {
      await feeds.stop();
      await interpreter.stop();
    },
    readiness: [
      {
        name: 'administration',
        check: async () => ({
          ok: directory.subscription.healthy(),
          detail: `at position ${directory.subscription.position()}`,
        }),
      },
    ],
  };
}
