import { createHash } from 'node:crypto';
import { Catalog } from '@ringback/domain/catalog';
import {
  askedBy,
  changeDefinition,
  ListQuery,
  Problem,
  pageByKey,
  pageOf,
  problemResponses,
  readCatalog,
  type ServiceContext,
  setVersion,
  wholeNumber,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';

const CatalogSummary = z
  .object({
    id: z.string(),
    version: z.int(),
    name: z.string(),
    plans: z.array(z.string()),
    priorities: z.array(z.string()),
    calendars: z.array(z.string()),
    publishedAt: z.iso.datetime(),
  })
  .meta({ id: 'CatalogSummary' });
const CatalogDocument = z
  .object({
    id: z.string(),
    version: z.int(),
    publishedAt: z.iso.datetime(),
    content: Catalog,
  })
  .meta({ id: 'PublishedCatalog' });
const CatalogText = z
  .string()
  .min(1)
  .meta({ description: 'The same as YAML, as in `catalogs/` of the repository; a fault names its line.' });
const params = z.object({ id: z.string().max(100) });
const yamlTypes =
  /^(?:application|text)\/(?:x-)?(?:[\w.-]+\+)?(?:yaml|yml|json)(?:;.*)?$|^text\/plain(?:;.*)?$/;

export function catalogRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, computations } = context;
  const tags = ['catalogs and calendars'];
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/catalogs',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags,
        operationId: 'listCatalogs',
        summary: 'List catalogs',
        querystring: ListQuery,
        response: { 200: pageOf(CatalogSummary), ...problemResponses() },
      },
    },
    (request) => {
      const summaries = directory.catalogs().map(({ id, version, publishedAt, content }) => ({
        id,
        version,
        name: content.name,
        plans: Object.keys(content.plans),
        priorities: Object.keys(content.priorities),
        calendars: Object.keys(content.calendars),
        publishedAt,
      }));
      return pageByKey(request, summaries, ({ id }) => id);
    },
  );
  routes.get(
    '/catalogs/:id',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags,
        operationId: 'getCatalog',
        summary: 'Read a catalog',
        description: 'The latest version, or an earlier one: each is kept.',
        params,
        querystring: z.strictObject({ version: wholeNumber(1, 2 ** 31 - 1).optional() }),
        response: { 200: CatalogDocument, ...problemResponses('catalog-not-found') },
      },
    },
    ({ params: { id }, query: { version } }, reply) => {
      const catalog = directory.catalog(id, version);
      if (catalog === null) throw new Problem('catalog-not-found');
      setVersion(reply, catalog.version);
      const { publishedAt, content } = catalog;
      return { id, version: catalog.version, publishedAt, content };
    },
  );
  app.register(async (scope) => {
    // The text itself is read: only it knows the lines that a mistake stands on.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(yamlTypes, { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.withTypeProvider<ZodTypeProvider>().put(
      '/catalogs/:id',
      {
        config: {
          scope: 'administration',
          describedBody: { 'application/json': Catalog, 'application/yaml': CatalogText },
        },
        schema: {
          tags,
          operationId: 'publishCatalog',
          summary: 'Publish a catalog',
          description:
            'As YAML or JSON of at most 262,144 characters; every version is kept, and open clocks that it touches are ' +
            're-planned.',
          params,
          response: {
            200: CatalogDocument,
            ...problemResponses(
              'catalog-invalid',
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
        const content = await readCatalog(computations, String(request.body ?? ''), askedBy(request));
        if (content.catalog !== id) {
          const detail = `the address says "${id}", the catalog calls itself "${content.catalog}"`;
          throw new Problem('catalog-invalid', { detail, errors: [{ pointer: '/catalog', detail }] });
        }
        const data = catalogData(content, directory.catalog(id));
        const version = await changeDefinition(request, context, {
          kind: 'catalog',
          id,
          type: 'CatalogPublished',
          data,
          present: directory.catalog(id),
        });
        setVersion(reply, version);
        const published = directory.catalog(id);
        if (published === null) throw new Problem('unavailable', { headers: { 'retry-after': '1' } });
        return {
          id,
          version: published.version,
          publishedAt: published.publishedAt,
          content: published.content,
        };
      },
    );
  });
}

/** The event that publishes a catalog: the same content again is the same version. */
export function catalogData(content: Catalog, present: { version: number; digest: string } | null) {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const version = present === null ? 1 : present.digest === digest ? present.version : present.version + 1;
  return { version, digest, content: content as unknown as { [field: string]: unknown } };
}
