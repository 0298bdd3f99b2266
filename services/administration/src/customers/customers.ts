import { randomUUID } from 'node:crypto';
import type { Defined } from '@ringback/directory';
import {
  AdministrationId,
  Contact,
  type Customer,
  CustomerRequest,
  toCustomer,
} from '@ringback/domain/administration';
import {
  askedBy,
  changeDefinition,
  defineTask,
  listDefinitions,
  PageQuery,
  Problem,
  pageOf,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';

const reading = defineTask<typeof import('./customer-tasks.ts')['readCustomerBody']>(
  new URL('./customer-tasks.ts', import.meta.url),
  'readCustomerBody',
  { errors: [Problem] },
);

const CustomerRepresentation = z
  .object({
    id: z.string(),
    version: z.int(),
    name: z.string(),
    contacts: z.array(Contact),
  })
  .meta({ id: 'Customer' });
const params = z.object({ id: AdministrationId });
const represent = ({ id, version, name, contacts }: Defined<Customer>) => ({ id, version, name, contacts });

export function customerRoutes(app: FastifyInstance, context: ServiceContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const { directory, computations } = context;
  const config = { scope: 'administration' as const };
  const tags = ['customers and contracts'];

  routes.put(
    '/customers/:id',
    {
      config: { ...config, body: 'text' },
      schema: {
        tags,
        operationId: 'defineCustomer',
        summary: 'Define a customer',
        description: 'Name and contacts as a whole; what is left out is gone. Numbers are kept in E.164.',
        params,
        body: CustomerRequest,
        response: {
          200: CustomerRepresentation,
          ...problemResponses(
            'version-mismatch',
            'conflict',
            'computation-too-large',
            'too-many-computations',
          ),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      // A thousand contacts take their time to read: the body is left to a thread.
      const text = request.body as unknown as string | undefined;
      const { request: asked, numbers } = await computations.run(reading, text, askedBy(request));
      const present = await directory.customer(id);
      const data = toCustomer(asked, numbers, present, randomUUID);
      const version = await changeDefinition(request, context, {
        kind: 'customer',
        id,
        type: 'CustomerDefined',
        data,
        present,
      });
      setVersion(reply, version);
      return { id, version, ...data };
    },
  );
  routes.get(
    '/customers/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getCustomer',
        summary: 'Read a customer',
        params,
        response: { 200: CustomerRepresentation, ...problemResponses('customer-not-found') },
      },
    },
    async ({ params: { id } }, reply) => {
      const customer = await directory.customer(id);
      if (customer === null) throw new Problem('customer-not-found');
      setVersion(reply, customer.version);
      return represent(customer);
    },
  );
  routes.get(
    '/customers',
    {
      config,
      schema: {
        tags,
        operationId: 'listCustomers',
        summary: 'List customers',
        querystring: PageQuery,
        response: { 200: pageOf(CustomerRepresentation), ...problemResponses() },
      },
    },
    async (request) => await listDefinitions('customer', request, context, represent),
  );
}
