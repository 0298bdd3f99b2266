import type { LogSubscription, ParkedStream } from '@ringback/event-log';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { ListQuery, pageByKey } from '../http/paging/bounded-lists.ts';
import { pageOf } from '../http/paging/pagination.ts';
import { Problem } from '../http/problems/problem.ts';
import { problemResponses } from '../http/problems/problem-responses.ts';
import { pascalCase } from './pascal-case.ts';

const Parked = z
  .object({
    subscription: z.string().meta({ example: 'query.read-models-2' }),
    stream: z.string().meta({ description: 'A ticket’s id, or `kind:id` of the administration' }),
    firstPosition: z.int().meta({ description: 'Of the event that cannot be processed' }),
    events: z.int().meta({ description: 'How many wait, that one included' }),
    error: z.string(),
    parkedAt: z.iso.datetime(),
  })
  .meta({ id: 'ParkedStream' });
const Replayed = z.object({
  replayed: z.int().meta({ description: 'Events that are processed now' }),
  remaining: z.int().meta({ description: 'Events that still wait, from the one that fails again' }),
});
const Params = z.object({ subscription: z.string().max(100), stream: z.string().max(300) });

/**
 * What a service could not process of the log, and how to go on once the cause is fixed: `GET /v1/parked-streams/{service}` and
 * `POST …/{subscription}/{stream}/replay`.
 */
export function parkedStreamRoutes(
  app: FastifyInstance,
  service: string,
  subscriptions: () => readonly LogSubscription[],
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'operations' as const };
  const tags = ['operations'];
  const parkedStreams = async () => (await Promise.all(subscriptions().map((each) => each.parked()))).flat();

  routes.get(
    `/parked-streams/${service}`,
    {
      config,
      schema: {
        tags,
        operationId: `listParkedStreamsOf${pascalCase(service)}`,
        summary: `What ${service} could not process`,
        description:
          'An event that fails, or is of a newer release, parks its stream: later events of that stream wait behind ' +
          'it, and the others go on.',
        querystring: ListQuery,
        response: { 200: pageOf(Parked), ...problemResponses() },
      },
    },
    async (request) => pageByKey(request, (await parkedStreams()).map(represent), keyOf),
  );
  routes.post(
    `/parked-streams/${service}/:subscription/:stream/replay`,
    {
      config,
      schema: {
        tags,
        operationId: `replayParkedStreamOf${pascalCase(service)}`,
        summary: `Let ${service} process a parked stream again`,
        description: 'In order, from the event that failed; it stays parked from the one that fails again.',
        params: Params,
        response: { 200: Replayed, ...problemResponses('not-found') },
      },
    },
    async ({ params: { subscription: name, stream } }) => {
      const subscription = subscriptions().find((each) => each.name === name);
      const parked = await subscription?.parked();
      if (subscription === undefined || !parked?.some(({ streamId }) => streamId === stream))
        throw new Problem('not-found', { detail: `Subscription "${name}" has not parked "${stream}".` });
      return await subscription.replay(stream);
    },
  );
}

/** In the order of the log. */
function keyOf({ firstPosition, subscription, stream }: z.infer<typeof Parked>): string {
  return `${String(firstPosition).padStart(16, '0')} ${subscription} ${stream}`;
}

function represent({ streamId, ...parked }: ParkedStream): z.infer<typeof Parked> {
  return { ...parked, stream: streamId };
}
