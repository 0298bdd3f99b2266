import { createRetention, type Service, type ServiceContext } from '@ringback/service-kit';
import { ticketRoutes } from './commands/routes.ts';
import { computationRoutes, warmComputations } from './computations/computations.ts';
import { observeDeliveries } from './deliveries/delivery-metrics.ts';
import { createInterpreter } from './deliveries/interpreter.ts';
import type { InterpreterSettings } from './deliveries/interpreter-settings.ts';
import { webhookRoutes } from './deliveries/routes.ts';
import { createReferenceNumbers } from './open-ticket/reference-numbers.ts';
import { retainedByIntake } from './retained.ts';

/** Takes in commands on tickets and what phone systems post. */
export async function createIntake(
  context: ServiceContext,
  settings?: InterpreterSettings,
): Promise<Service> {
  const references = await createReferenceNumbers(context.pool);
  const interpreter = createInterpreter(context, references, settings);
  observeDeliveries(context.pool, context.metrics);
  const { pool, logger, metrics, configuration } = context;
  const retention = createRetention({ pool, logger, metrics, retained: retainedByIntake(configuration) });
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
      retention.start();
    },
    async stop() {
      await retention.stop();
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
