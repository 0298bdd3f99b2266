import { randomBytes, randomUUID } from 'node:crypto';
import { adapters } from '@ringback/adapters';
import { type Defined, hashSecret } from '@ringback/directory';
import { AdministrationId, type Integration, IntegrationRequest } from '@ringback/domain/administration';
import {
  changeDefinition,
  createDefinition,
  fieldProblems,
  ListQuery,
  listDefinitions,
  Problem,
  pageOf,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { priorityFaults } from '../catalogs/priority-faults.ts';

const IntegrationRepresentation = z
  .object({
    id: z.string(),
    version: z.int(),
    adapter: z.string(),
    name: z.string(),
    defaultCountry: z.string(),
    timeZone: z.string(),
    catalog: z.string().nullable(),
    priority: z.string().nullable(),
    requestsPerMinute: z.int().nullable(),
  })
  .meta({ id: 'Integration' });
const Created = IntegrationRepresentation.extend({
  webhookUrl: z
    .string()
    .meta({ description: 'For the phone system; its last part is a secret and is shown only now' }),
});
const params = z.object({ id: AdministrationId });

/** Phone systems and what they are read by. */
export function integrationRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, address } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['integrations'];
  const represent = ({
    id,
    version,
    adapter,
    name,
    defaultCountry,
    timeZone,
    catalog,
    priority,
    requestsPerMinute = null,
  }: Defined<Integration>) => ({
    id,
    version,
    adapter,
    name,
    defaultCountry,
    timeZone,
    catalog,
    priority,
    requestsPerMinute,
  });
  const save = async (id: string, data: Integration, request: Parameters<typeof changeDefinition>[0]) => {
    requireUsable(data, context);
    const version = await changeDefinition(request, context, {
      kind: 'integration',
      id,
      type: 'IntegrationDefined',
      data,
      present: directory.integration(id),
    });
    return { id, version, ...data, position: 0, recordedAt: '' };
  };

  routes.post(
    '/integrations',
    {
      config,
      schema: {
        tags,
        operationId: 'addIntegration',
        summary: 'Add an integration',
        description:
          'Answers the address that the phone system posts to. Keep it like a password: whoever has it can open tickets.',
        body: IntegrationRequest,
        response: { 201: Created, ...problemResponses() },
      },
    },
    async (request, reply) => {
      const token = randomBytes(24).toString('base64url');
      const data = { ...request.body, tokenHash: hashSecret(token) };
      requireUsable(data, context);
      const id = randomUUID();
      const webhookUrl = `${address}/v1/webhooks/${data.adapter}/${token}`;
      const change = { kind: 'integration' as const, id, type: 'IntegrationDefined' as const, data };
      const record = { id, version: 1, position: 0, recordedAt: '', ...data };
      return await createDefinition(request, reply, context, change, {
        ...represent(record),
        webhookUrl,
      });
    },
  );
  routes.put(
    '/integrations/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'changeIntegration',
        summary: 'Change an integration',
        params,
        body: IntegrationRequest,
        response: { 200: IntegrationRepresentation, ...problemResponses('integration-not-found') },
      },
    },
    async (request, reply) => {
      const present = directory.integration(request.params.id);
      if (present === null) throw new Problem('integration-not-found');
      const saved = await save(present.id, { ...request.body, tokenHash: present.tokenHash }, request);
      setVersion(reply, saved.version);
      return represent(saved);
    },
  );
  routes.get(
    '/integrations/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getIntegration',
        summary: 'Read an integration',
        params,
        response: { 200: IntegrationRepresentation, ...problemResponses('integration-not-found') },
      },
    },
    ({ params: { id } }) => {
      const present = directory.integration(id);
      if (present === null) throw new Problem('integration-not-found');
      return represent(present);
    },
  );
  routes.get(
    '/integrations',
    {
      config,
      schema: {
        tags,
        operationId: 'listIntegrations',
        summary: 'List integrations',
        querystring: ListQuery,
        response: { 200: pageOf(IntegrationRepresentation), ...problemResponses() },
      },
    },
    async (request) => await listDefinitions('integration', request, context, represent),
  );
  routes.delete(
    '/integrations/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'removeIntegration',
        summary: 'Remove an integration',
        params,
        response: { 204: z.null(), ...problemResponses('integration-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (directory.integration(id) === null) throw new Problem('integration-not-found');
      await changeDefinition(request, context, {
        kind: 'integration',
        id,
        type: 'IntegrationRemoved',
        data: {},
        present: null,
      });
      return reply.status(204).send(null);
    },
  );
}

function requireUsable({ adapter, catalog, priority }: Integration, { directory }: ServiceContext): void {
  const errors: { pointer: string; detail: string }[] = [];
  if (!Object.hasOwn(adapters, adapter)) {
    errors.push({ pointer: '/body/adapter', detail: `must be one of ${Object.keys(adapters).join(', ')}` });
  }
  if (catalog !== null && directory.catalog(catalog) === null)
    errors.push({ pointer: '/body/catalog', detail: `there is no catalog "${catalog}"` });
  else if (priority !== null)
    errors.push(...priorityFaults([{ pointer: '/body/priority', priority }], catalog, directory));
  if (errors.length > 0) throw fieldProblems(errors);
}
