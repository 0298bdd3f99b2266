import {
  CalendarCalculationRequest,
  CalendarCalculationResponse,
  SimulationRequest,
  SimulationResponse,
} from '@ringback/domain/service-level';
import { askedBy, defineTask, Problem, problemResponses, type ServiceContext } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';

type Tasks = typeof import('./computation-tasks.ts');
const tasks = new URL('./computation-tasks.ts', import.meta.url);
const errors = [Problem];
const simulation = defineTask<Tasks['simulateFromBody']>(tasks, 'simulateFromBody', { errors });
const calculation = defineTask<Tasks['calculateFromBody']>(tasks, 'calculateFromBody', { errors });

/** The catalog that a body most likely names: the thread, which reads the body, says so where it is another. */
const namedCatalog = /"catalog"\s*:\s*"([^"\\]{1,100})"/;

/** Has the threads ready that compute what these routes are asked for. */
export async function warmComputations({ computations }: ServiceContext): Promise<void> {
  await computations.warm(simulation);
}

/**
 * What is only computed: the clocks' and the calendars' own functions, without side effects. A thread reads the body,
 * checks it and computes, so that a burst of large requests keeps no one else waiting.
 */
export function computationRoutes(app: FastifyInstance, { directory, computations }: ServiceContext): void {
  const config = { scope: 'tickets:read' as const, body: 'text' as const, isComputation: true as const };
  const tags = ['computations'];
  const problems = ['malformed-request', 'computation-too-large', 'too-many-computations'] as const;
  app.post<{ Body: string | undefined }>(
    '/simulations',
    {
      config,
      schema: {
        tags,
        operationId: 'simulateClocks',
        summary: 'Simulate a ticket’s clocks',
        description:
          'The clocks that a history would give under a plan, as of an instant. Nothing is recorded.',
        body: SimulationRequest,
        response: { 200: SimulationResponse, ...problemResponses(...problems) },
      },
    },
    async (request, reply) => {
      const text = request.body;
      let named = namedCatalog.exec(text ?? '')?.[1] ?? null;
      for (;;) {
        let catalog = named === null ? null : directory.catalog(named);
        if (catalog === null && named !== null) {
          // Another service publishes catalogs, perhaps a moment ago.
          await directory.catchUp();
          catalog = directory.catalog(named);
        }
        const shared =
          catalog === null
            ? {}
            : { shared: { key: `catalog ${catalog.id}@${catalog.version}`, value: catalog.content } };
        const asked = { ...askedBy(request), ...shared };
        const answer = await computations.run(simulation, { text, catalog: named }, asked);
        if ('json' in answer) return reply.type('application/json; charset=utf-8').send(answer.json);
        named = answer.catalog;
      }
    },
  );
  app.post<{ Body: string | undefined }>(
    '/calendar-calculations',
    {
      config,
      schema: {
        tags,
        operationId: 'calculateBusinessTime',
        summary: 'Calculate in business time',
        description:
          'Adds served time to an instant (`add`), or measures it between two (`between`). Nothing is recorded.',
        body: CalendarCalculationRequest,
        response: { 200: CalendarCalculationResponse, ...problemResponses(...problems) },
      },
    },
    async (request) => await computations.run(calculation, request.body, askedBy(request)),
  );
}
