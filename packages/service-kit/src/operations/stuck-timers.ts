import type { Schedule, StuckItem } from '@ringback/schedule';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { Problem } from '../http/problems/problem.ts';
import { problemResponses } from '../http/problems/problem-responses.ts';
import { pascalCase } from './pascal-case.ts';

const StuckTimer = z
  .object({
    kind: z.string().meta({ description: 'What falls due', example: 'sla-deadline' }),
    key: z.string().meta({ description: 'Of what: a ticket’s id, for a deadline' }),
    dueAt: z.iso.datetime(),
    state: z.enum(['set-aside', 'failing']).meta({
      description:
        '`set-aside`: the process ended three times while it was fired, so it is not fired until it is replayed. ' +
        '`failing`: firing it fails; it is tried again at `retryAt`.',
    }),
    failures: z.int().meta({ description: 'How often in a row it has failed' }),
    error: z.string(),
    retryAt: z.iso.datetime().nullable(),
    setAsideAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'StuckTimer', description: 'Something that is due and does not fire' });
const Params = z.object({ kind: z.string().max(100), key: z.string().max(300) });

/**
 * What is due and does not fire, and how to fire it once the cause is fixed: `GET /v1/stuck-timers/{service}` and
 * `POST …/{kind}/{key}/replay`.
 */
export function stuckTimerRoutes(
  app: FastifyInstance,
  service: string,
  schedule: Pick<Schedule, 'stuck' | 'release'>,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'operations' as const };
  const tags = ['operations'];

  routes.get(
    `/stuck-timers/${service}`,
    {
      config,
      schema: {
        tags,
        operationId: `listStuckTimersOf${pascalCase(service)}`,
        summary: `What ${service} could not fire`,
        description:
          'Everything else fires on time. Other timers of the same key wait while one is set aside.',
        response: { 200: z.object({ items: z.array(StuckTimer) }), ...problemResponses() },
      },
    },
    async () => ({ items: (await schedule.stuck()).map(represent) }),
  );
  routes.post(
    `/stuck-timers/${service}/:kind/:key/replay`,
    {
      config,
      schema: {
        tags,
        operationId: `replayStuckTimerOf${pascalCase(service)}`,
        summary: `Let ${service} fire a stuck timer again`,
        description:
          'At once. One that was set aside has a single attempt: if the process ends again, it is set aside again. ' +
          'The answer shows the timer as it was before.',
        params: Params,
        response: { 200: StuckTimer, ...problemResponses('not-found') },
      },
    },
    async ({ params: { kind, key } }) => {
      const released = await schedule.release(kind, key);
      if (released === null)
        throw new Problem('not-found', { detail: `No timer "${key}" of kind "${kind}" is stuck.` });
      return represent(released);
    },
  );
}

function represent({ dueAt, retryAt, setAsideAt, ...item }: StuckItem): z.infer<typeof StuckTimer> {
  const text = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString());
  return {
    ...item,
    dueAt: new Date(dueAt).toISOString(),
    retryAt: text(retryAt),
    setAsideAt: text(setAsideAt),
  };
}
