import type { Defined, Directory } from '@ringback/directory';
import {
  AdministrationId,
  type Contract,
  ContractRequest,
  toContract,
} from '@ringback/domain/administration';
import { listNames } from '@ringback/domain/common';
import { Instant, Standing, standingAt } from '@ringback/domain/ticket';
import {
  changeDefinition,
  fieldProblems,
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

const ContractRepresentation = z
  .object({
    id: z.string(),
    version: z.int(),
    customerId: z.string(),
    plan: z.string().meta({ description: 'catalog/plan', example: 'cat-levels/cat-1' }),
    from: Instant.nullable(),
    until: Instant.nullable(),
    acceptedAt: Instant.nullable(),
    paidAt: Instant.nullable(),
    standing: Standing.meta({ description: 'How it stands now' }),
  })
  .meta({ id: 'Contract' });
const params = z.object({ id: AdministrationId });

export function contractRoutes(app: FastifyInstance, context: ServiceContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const { directory, clock } = context;
  const config = { scope: 'administration' as const };
  const tags = ['customers and contracts'];

  const represent = (contract: Contract & { id: string; version: number }) => {
    const { id, version, customerId, catalog, plan, from, until, acceptedAt, paidAt } = contract;
    const terms = directory.catalogWithPlan(catalog, plan)?.content.plans[plan];
    const now = new Date(clock.now()).toISOString();
    const standing = terms === undefined ? ('none' as const) : standingAt(contract, terms, now);
    return { id, version, customerId, plan: `${catalog}/${plan}`, from, until, acceptedAt, paidAt, standing };
  };

  routes.put(
    '/contracts/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'defineContract',
        summary: 'Define a contract',
        description:
          'A customer’s plan and the time in which it counts. Plans that ask for acceptance or payment are active only ' +
          'once `acceptedAt` and `paidAt` are given.',
        params,
        body: ContractRequest,
        response: { 200: ContractRepresentation, ...problemResponses('version-mismatch', 'conflict') },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const data = toContract(request.body);
      await requireKnown(data, context);
      const present = await directory.contract(id);
      const version = await changeDefinition(request, context, {
        kind: 'contract',
        id,
        type: 'ContractDefined',
        data,
        present,
      });
      setVersion(reply, version);
      return represent({ id, version, ...data });
    },
  );
  routes.get(
    '/contracts/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getContract',
        summary: 'Read a contract',
        params,
        response: { 200: ContractRepresentation, ...problemResponses('contract-not-found') },
      },
    },
    async ({ params: { id } }, reply) => {
      const contract = await directory.contract(id);
      if (contract === null) throw new Problem('contract-not-found');
      setVersion(reply, contract.version);
      return represent(contract);
    },
  );
  routes.get(
    '/contracts',
    {
      config,
      schema: {
        tags,
        operationId: 'listContracts',
        summary: 'List contracts',
        querystring: PageQuery,
        response: { 200: pageOf(ContractRepresentation), ...problemResponses() },
      },
    },
    async (request) =>
      await listDefinitions('contract', request, context, (record: Defined<Contract>) => represent(record)),
  );
}

/** Another service defines customers and plans, perhaps a moment ago. Throws `validation-failed`. */
async function requireKnown(contract: Contract, { directory }: ServiceContext): Promise<void> {
  if ((await unknownIn(contract, directory)).length === 0) return;
  await directory.catchUp();
  const errors = await unknownIn(contract, directory);
  if (errors.length > 0) throw fieldProblems(errors);
}

async function unknownIn(
  { customerId, catalog, plan }: Contract,
  directory: Directory,
): Promise<{ pointer: string; detail: string }[]> {
  const errors: { pointer: string; detail: string }[] = [];
  if ((await directory.customer(customerId)) === null) {
    errors.push({ pointer: '/body/customerId', detail: `there is no customer "${customerId}"` });
  }
  const plans = directory.catalog(catalog)?.content.plans;
  if (plans === undefined || !Object.hasOwn(plans, plan)) {
    const known = directory
      .catalogs()
      .flatMap(({ id, content }) => Object.keys(content.plans).map((each) => `${id}/${each}`));
    errors.push({
      pointer: '/body/plan',
      detail: `"${catalog}/${plan}" is not a plan; allowed are ${listNames(known)}`,
    });
  }
  return errors;
}
