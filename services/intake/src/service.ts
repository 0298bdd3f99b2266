import type { Service, ServiceContext } from '@ringback/service-kit';
import { ticketRoutes } from './commands/routes.ts';
import { computationRoutes, warmComputations } from './computations/computations.ts';
import { observeDeliveries } from './deliveries/delivery-metrics.ts';
import { createInterpreter } from './deliveries/interpreter.ts';
import type { InterpreterSettings } from './deliveries/interpreter-settings.ts';
import { webhookRoutes } from './deliveries/routes.ts';
import { createReferenceNumbers } from './open-ticket/reference-numbers.ts';

/** Takes in commands on tickets and what phone systems post. */
export async function createIntake(
  context: ServiceContext,
  settings?: InterpreterSettings,
): Promise<Service> {
  const references = await createReferenceNumbers(context.pool);
  const interpreter = createInterpreter(context, references, settings);
  observeDeliveries(context.pool, context.metrics);
  const { directory } = context;
  return {
    name: 'intake',
    routes(app) {
      ticketRoutes(app, context, references);
      computationRoutes(app, context);
      webhookRoutes(app, context, interpreter.wake);
    },
    async start() {
      await warmComputations(context);
      interpreter.start();
    },
    async stop() {
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
