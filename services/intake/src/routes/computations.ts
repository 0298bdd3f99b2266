import {
  CalendarCalculationRequest,
  CalendarCalculationResponse,
  QuestionInvalid,
  SimulationRequest,
  SimulationResponse,
} from '@ringback/domain/service-level';
import {
  askedBy,
  defineTask,
  fieldProblem,
  problemResponses,
  type ServiceContext,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

type Tasks = typeof import('./computation-tasks.ts');
const tasks = new URL('./computation-tasks.ts', import.meta.url);
const errors = [QuestionInvalid];
const simulation = defineTask<Tasks['simulateTicket']>(tasks, 'simulateTicket', { errors });
const calculation = defineTask<Tasks['calculate']>(tasks, 'calculate', { errors });

/** Has the threads ready that compute what these routes are asked for. */
export async function warmComputations({ computations }: ServiceContext): Promise<void> {
  await computations.warm(simulation);
}

/** What is only computed: the clocks' and the calendars' own functions, without side effects, in a thread. */
export function computationRoutes(
  app: FastifyInstance,
  { administration, computations }: ServiceContext,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };
  const tags = ['computations'];
  const problems = ['malformed-request', 'computation-too-large', 'too-many-computations'] as const;
  routes.post(
    '/simulations',
    {
      config,
      schema: {
        tags,
        summary: 'Simulate a ticket’s clocks',
        description:
          'The clocks that a history would give under a plan, as of an instant. Nothing is recorded.',
        body: SimulationRequest,
        response: { 200: SimulationResponse, ...problemResponses(...problems) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const catalog = administration.catalog(body.catalog);
      const shared =
        catalog === null
          ? {}
          : { shared: { key: `catalog ${catalog.id}@${catalog.version}`, value: catalog.content } };
      const json = await answer(computations.run(simulation, body, { ...askedBy(request), ...shared }));
      return reply.type('application/json; charset=utf-8').send(json as never);
    },
  );
  routes.post(
    '/calendar-calculations',
    {
      config,
      schema: {
        tags,
        summary: 'Calculate in business time',
        description:
          'Adds served time to an instant (`add`), or measures it between two (`between`). Nothing is recorded.',
        body: CalendarCalculationRequest,
        response: { 200: CalendarCalculationResponse, ...problemResponses(...problems) },
      },
    },
    async (request) => await answer(computations.run(calculation, request.body, askedBy(request))),
  );
}

async function answer<T>(computed: Promise<T>): Promise<T> {
  try {
    return await computed;
  } catch (error) {
    if (!(error instanceof QuestionInvalid)) throw error;
    const pointer = `/body${error.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
    throw fieldProblem(pointer, error.message);
  }
}
