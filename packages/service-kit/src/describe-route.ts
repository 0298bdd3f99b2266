import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { problemResponses } from './problem-responses.ts';

type Transform = typeof jsonSchemaTransform;

const repeatable = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'Makes the request repeatable: the first answer comes again' }),
});

/** What generated clients call it: `getTicketsByTicketClocks`. */
function operationId(method: string, url: string): string {
  const words = url.replace(/^\/v1\//, '').match(/:?\w+/g) ?? [];
  const name = words.map((word) => {
    const plain = word.replace(':', '');
    return `${word.startsWith(':') ? 'By' : ''}${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  });
  return `${method.toLowerCase()}${name.join('')}`;
}

/** A route as OpenAPI has it, with what holds for every route of its method and is not said again at each. */
export const describeRoute: Transform = (document) => {
  const { schema, url, route } = document;
  const isOurs = url.startsWith('/v1') && schema !== undefined && schema.hide !== true;
  const method = String(route.method);
  if (!isOurs || schema.response === undefined) return jsonSchemaTransform(document);
  const isPost = method === 'POST' && route.config?.scope !== 'public';
  const common = {
    ...problemResponses('malformed-request'),
    ...(schema.body === undefined ? {} : problemResponses('payload-too-large', 'unsupported-media-type')),
    ...(isPost
      ? problemResponses('malformed-request', 'idempotency-key-invalid', 'idempotency-key-reused')
      : {}),
  };
  return jsonSchemaTransform({
    ...document,
    schema: {
      ...schema,
      operationId: operationId(method, url),
      ...(isPost ? { headers: schema.headers ?? repeatable } : {}),
      response: { ...common, ...(schema.response as object) },
    },
  } as typeof document);
};
