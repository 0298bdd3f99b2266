import { problemResponses } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Pool } from 'pg';
import * as z from 'zod';
import { listReplannings } from './replanning.ts';

const ReplanningProgress = z.object({
  position: z.int().meta({ description: 'Of the amendment in the log' }),
  catalog: z.string(),
  done: z.int().meta({ description: 'Tickets looked at' }),
  total: z.int(),
  finishedAt: z.iso.datetime().nullable(),
});

/** `GET /v1/replannings`: how far amended calendars, catalogs and contracts have been worked in. */
export function replanningRoutes(app: FastifyInstance, pool: Pool): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/replannings',
    {
      config: { scope: 'operations' },
      schema: {
        tags: ['operations'],
        summary: 'Progress of re-planning',
        description: 'An amended calendar, catalog or contract re-plans every open clock that it touches.',
        response: { 200: z.object({ items: z.array(ReplanningProgress) }), ...problemResponses() },
      },
    },
    async () => ({ items: await listReplannings(pool, 100) }),
  );
}
