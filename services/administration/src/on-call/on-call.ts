import { randomBytes } from 'node:crypto';
import type { Defined, Directory } from '@ringback/directory';
import {
  AdministrationId,
  notificationChannelNames,
  notificationChannels,
  type OnCall,
  OnCallRequest,
  storedTargets,
  targetBy,
  targetsOf,
} from '@ringback/domain/administration';
import {
  changeDefinition,
  fieldProblems,
  ListQuery,
  Problem,
  pageByKey,
  pageOf,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { priorityFaults } from '../catalogs/priority-faults.ts';

const OnCallRepresentation = z
  .object({
    id: z.string(),
    version: z.int(),
    catalog: z.string().nullable(),
    priorities: z.array(z.string()),
    ...storedTargets,
  })
  .meta({ id: 'OnCall' });
const DefinedOnCall = OnCallRepresentation.extend({
  secret: z.string().nullable().meta({ description: 'Signs the webhooks; shown only when it is new' }),
});
const params = z.object({ id: AdministrationId });

/** Who is alerted when an emergency opens. */
export function onCallRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, secrets } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['subscriptions'];
  const find = (id: string) => directory.onCall().find((each) => each.id === id) ?? null;
  const represent = (entry: Defined<OnCall> | (OnCall & { id: string; version: number })) => {
    const { id, version, catalog, priorities } = entry;
    return { id, version, catalog, priorities, ...targetsOf(entry) };
  };

  routes.put(
    '/on-call/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'defineOnCall',
        summary: 'Define who is on call',
        params,
        body: OnCallRequest,
        response: { 200: DefinedOnCall, ...problemResponses() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      requireUsable(request.body, directory);
      const present = find(id);
      const isSigned = notificationChannelNames.some(
        (channel) => notificationChannels[channel].isSigned && targetBy(channel, request.body) !== null,
      );
      const kept = isSigned ? (present?.secret ?? null) : null;
      const secret = isSigned && kept === null ? `whsec_${randomBytes(32).toString('base64')}` : null;
      const sealed = secret === null ? kept : secrets.seal(secret);
      const data = { ...request.body, secret: sealed };
      const version = await changeDefinition(request, context, {
        kind: 'on-call',
        id,
        type: 'OnCallDefined',
        data,
        present,
      });
      setVersion(reply, version);
      return { ...represent({ id, version, ...data }), secret };
    },
  );
  routes.get(
    '/on-call',
    {
      config,
      schema: {
        tags,
        operationId: 'listOnCall',
        summary: 'List who is on call',
        querystring: ListQuery,
        response: { 200: pageOf(OnCallRepresentation), ...problemResponses() },
      },
    },
    (request) => pageByKey(request, directory.onCall().map(represent), ({ id }) => id),
  );
  routes.delete(
    '/on-call/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'removeOnCall',
        summary: 'Remove an on-call entry',
        params,
        response: { 204: z.null(), ...problemResponses('on-call-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (find(id) === null) throw new Problem('on-call-not-found');
      await changeDefinition(request, context, {
        kind: 'on-call',
        id,
        type: 'OnCallRemoved',
        data: {},
        present: null,
      });
      return reply.status(204).send(null);
    },
  );
}

function requireUsable({ catalog, priorities }: OnCallRequest, directory: Directory): void {
  const named = priorities.map((priority, index) => ({ pointer: `/body/priorities/${index}`, priority }));
  const errors =
    catalog !== null && directory.catalog(catalog) === null
      ? [{ pointer: '/body/catalog', detail: `there is no catalog "${catalog}"` }]
      : priorityFaults(named, catalog, directory);
  if (errors.length > 0) throw fieldProblems(errors);
}
