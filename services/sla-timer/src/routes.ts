import { problemResponses } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Pool } from 'pg';
import * as z from 'zod';
import { listReplans, ReplanProgress } from './replanning/replan-progress.ts';

const listed = 100;

/** `GET /v1/replans`: how far amended calendars, catalogs and contracts have been worked in. */
export function replanRoutes(app: FastifyInstance, pool: Pool): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/replans',
    {
      config: { scope: 'operations' },
      schema: {
        tags: ['operations'],
        operationId: 'listReplans',
        summary: 'Progress of re-planning',
        description:
          'A calendar, catalog or contract that is amended re-plans every open clock that it touches, in the ' +
          'background. Those at work come first, then the latest.',
        response: { 200: z.object({ items: z.array(ReplanProgress) }), ...problemResponses() },
      },
    },
    async () => ({ items: await listReplans(pool, listed) }),
  );
}
