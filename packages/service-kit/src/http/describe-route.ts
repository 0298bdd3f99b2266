import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { paragraph, problemResponses } from './problems/problem-responses.ts';

type Transform = typeof jsonSchemaTransform;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A POST that only computes: to repeat it costs nothing but time, so no answer is kept for an `Idempotency-Key`. */
    isComputation?: true;
    /** The body by media type, for the description alone, of a route that reads its body itself. */
    describedBody?: { [mediaType: string]: z.ZodType };
  }
}

const repeatable = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'Makes the request repeatable for seven days: the first answer comes again' }),
});
/** Every PUT and DELETE changes one versioned thing. */
const conditional = repeatable.extend({
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'The ETag that the change is meant for: refused with 412 when there is another' }),
});

/** A route as OpenAPI has it, with what holds for every route of its method and is not said again at each. */
export const describeRoute: Transform = (document) => {
  const { schema, url, route } = document;
  const isOurs = url.startsWith('/v1') && schema !== undefined && schema.hide !== true;
  const method = String(route.method);
  if (!isOurs || schema.response === undefined) return jsonSchemaTransform(document);
  if (schema.operationId === undefined)
    throw new Error(`${method} ${url} has no operationId: generated clients name it by that`);
  const changes = !['GET', 'HEAD'].includes(method) && route.config?.scope !== 'public';
  const stores = changes && route.config?.isComputation !== true;
  const isConditional = changes && method !== 'POST';
  const common = {
    ...problemResponses(
      'malformed-request',
      ...(changes
        ? (['payload-too-large', 'unsupported-media-type', 'idempotency-key-invalid'] as const)
        : []),
      ...(stores ? (['idempotency-key-reused'] as const) : []),
      ...(isConditional ? (['version-mismatch', 'conflict'] as const) : []),
    ),
  };
  const described = jsonSchemaTransform({
    ...document,
    schema: {
      ...schema,
      ...(stores ? { headers: schema.headers ?? (isConditional ? conditional : repeatable) } : {}),
      response: mergeResponses(common, schema.response as Responses),
    },
  } as typeof document);
  const { describedBody } = route.config ?? {};
  if (describedBody === undefined) return described;
  const content = Object.fromEntries(
    Object.entries(describedBody).map(([type, body]) => {
      const { schema: only } = jsonSchemaTransform({ ...document, schema: { body } } as typeof document);
      return [type, { schema: (only as { body: object }).body }];
    }),
  );
  return { ...described, schema: { ...described.schema, body: { content } } } as ReturnType<Transform>;
};

interface Responses {
  [status: string]: { description?: string };
}

/** What a route says of a status stands before what holds for every route. */
function mergeResponses(common: Responses, own: Responses): Responses {
  const merged = { ...common, ...own };
  for (const [status, { description = '' }] of Object.entries(common)) {
    const known = own[status]?.description?.split(paragraph);
    if (known === undefined) continue;
    const others = description.split(paragraph).filter((each) => !known.includes(each));
    merged[status] = { ...own[status], description: [...known, ...others].join(paragraph) };
  }
  return merged;
}
