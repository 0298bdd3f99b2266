import {
  CalendarCalculationRequest,
  CalendarCalculationResponse,
  calculate,
  QuestionInvalid,
  SimulationRequest,
  SimulationResponse,
  simulate,
} from '@ringback/domain/service-level';
import { fieldProblem, problemResponses, type ServiceContext } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

/** What is only computed: the clocks' and the calendars' own functions, without side effects. */
export function computationRoutes(app: FastifyInstance, { administration }: ServiceContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };
  const tags = ['computations'];
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
        response: { 200: SimulationResponse, ...problemResponses('malformed-request') },
      },
    },
    ({ body }) => answer(() => simulate(body, (id) => administration.catalog(id)?.content ?? null)),
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
        response: { 200: CalendarCalculationResponse, ...problemResponses('malformed-request') },
      },
    },
    ({ body }) => answer(() => calculate(body)),
  );
}

function answer<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof QuestionInvalid)) throw error;
    const pointer = `/body${error.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
    throw fieldProblem(pointer, error.message);
  }
}
