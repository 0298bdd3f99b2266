import { randomBytes, randomUUID } from 'node:crypto';
import { hashSecret } from '@ringback/directory';
import { AdministrationId, type ApiKey, ApiKeyRequest, Scope } from '@ringback/domain/administration';
import { Instant } from '@ringback/domain/ticket';
import {
  changeDefinition,
  createDefinition,
  fieldProblem,
  ListQuery,
  listDefinitions,
  Problem,
  pageOf,
  problemResponses,
  requireCustomer,
  type ServiceContext,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';

const ApiKeyRepresentation = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(Scope),
    customerId: z.string().nullable(),
    expiresAt: Instant.nullable(),
    requestsPerMinute: z.int().nullable(),
  })
  .meta({ id: 'ApiKey' });
const Created = ApiKeyRepresentation.extend({
  key: z.string().meta({ description: 'Shown only now', example: 'rb_…' }),
});
const params = z.object({ id: AdministrationId });
type ApiKeyRecord = ApiKey & { id: string };

/** A key that cannot be guessed; `rb_` lets scanners for leaked secrets find it. */
export const newApiKey = (): string => `rb_${randomBytes(32).toString('base64url')}`;

export function apiKeyRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['API keys'];
  const represent = ({
    id,
    name,
    scopes,
    customerId,
    expiresAt,
    requestsPerMinute = null,
  }: ApiKeyRecord) => ({
    id,
    name,
    scopes,
    customerId,
    expiresAt,
    requestsPerMinute,
  });
  const all = async () =>
    (await directory.list('api-key', { after: null, limit: 10_000 })) as unknown as ApiKeyRecord[];

  routes.post(
    '/api-keys',
    {
      config,
      schema: {
        tags,
        operationId: 'createApiKey',
        summary: 'Make an API key',
        description:
          'With a customer, it is a portal’s key: it sees and writes that customer’s tickets only.',
        body: ApiKeyRequest,
        response: { 201: Created, ...problemResponses() },
      },
    },
    async (request, reply) => {
      const { customerId, expiresAt } = request.body;
      if (expiresAt !== null && Date.parse(expiresAt) <= clock.now()) {
        throw fieldProblem('/body/expiresAt', 'must lie in the future');
      }
      await requireCustomer(customerId, directory);
      const id = randomUUID();
      const key = newApiKey();
      const data = { ...request.body, hash: hashSecret(key) };
      const change = { kind: 'api-key' as const, id, type: 'ApiKeyCreated' as const, data };
      return await createDefinition(request, reply, context, change, {
        ...represent({ id, ...data }),
        key,
      });
    },
  );
  routes.get(
    '/api-keys',
    {
      config,
      schema: {
        tags,
        operationId: 'listApiKeys',
        summary: 'List API keys',
        querystring: ListQuery,
        response: { 200: pageOf(ApiKeyRepresentation), ...problemResponses() },
      },
    },
    async (request) => await listDefinitions('api-key', request, context, represent),
  );
  routes.delete(
    '/api-keys/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        params,
        response: { 204: z.null(), ...problemResponses('api-key-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await all()).some((each) => each.id === id)) throw new Problem('api-key-not-found');
      await changeDefinition(request, context, {
        kind: 'api-key',
        id,
        type: 'ApiKeyRevoked',
        data: {},
        present: null,
      });
      return reply.status(204).send(null);
    },
  );
}
