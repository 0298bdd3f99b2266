import { isUtf8 } from 'node:buffer';
import type { FieldError } from '@ringback/api/problems';
import { findJsonExcess } from '@ringback/domain/common';
import { isPlainText } from '@ringback/domain/ticket';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import * as z from 'zod';
import { fieldProblems, Problem } from '../problems/problem.ts';

const replacement = '\uFFFD';
const limits = {
  /** The largest catalog has fewer. */
  depth: 64,
  /** The largest customer and the largest simulation have half as many. */
  values: 30_000,
  /** No schema has an object with more; each key and each fault costs more than its bytes. */
  members: 2_000,
};
const excesses: { readonly [limit in keyof typeof limits]: string } = {
  depth: `The body is nested deeper than ${limits.depth} levels.`,
  values: `The body has more than ${limits.values} values.`,
  members: `An object of the body has more than ${limits.members} members.`,
};

/**
 * Checks encoding and size of a JSON body before it is parsed. A command without parameters may come without a body,
 * whatever its content type says.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // Plain text would reach a route as a string that no schema knows: it is not a media type of this API.
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = body.toString();
    if (text === '') return done(null, undefined);
    // What is not UTF-8 is decoded to replacement characters, which may also be sent as such.
    if (text.includes(replacement) && !isUtf8(body as Buffer)) {
      return done(new Problem('malformed-request', { detail: 'The body is not valid UTF-8.' }));
    }
    const excess = findJsonExcess(body as Buffer, limits);
    if (excess !== null) return done(new Problem('malformed-request', { detail: excesses[excess] }));
    if (request.routeOptions.config.body === 'text') return done(null, text);
    parse(request, text, done);
  });
}

const utf8 = /^(?:utf-?8|us-ascii)$/i;

/** Bodies are read as UTF-8: one that says it is in another charset is refused, not misread. */
export function requireUtf8(
  { headers, routeOptions }: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)"?/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset === undefined || utf8.test(charset) || routeOptions.config.scope === 'public') return done();
  done(
    new Problem('unsupported-media-type', {
      detail: `The charset of Content-Type is "${charset.slice(0, 40)}"; send UTF-8.`,
      errors: [{ pointer: '/headers/content-type', detail: 'must be in UTF-8' }],
    }),
  );
}

/** A route that names no query parameters takes none: a misspelt filter must not look as if it filtered. */
export function refuseUnknownQueries(route: RouteOptions): void {
  const { scope } = route.config ?? {};
  if (!route.url.startsWith('/v1') || scope === 'public') return;
  route.schema = { querystring: z.strictObject({}), ...route.schema };
}

/** Text in an address that PostgreSQL cannot hold names nothing, and must not get as far. Throws `validation-failed`. */
export function requirePlainAddress(
  { query, params, routeOptions }: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const errors: FieldError[] = [];
  const checked = routeOptions.config.hasRawQuery === true ? { params } : { query, params };
  for (const [place, values] of Object.entries(
    checked as {
      [place: string]: object | undefined;
    },
  )) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if (typeof value !== 'string' || isPlainText(value)) continue;
      errors.push({ pointer: `/${place}/${name}`, detail: 'must be text without U+0000' });
    }
  }
  if (errors.length === 0) return done();
  done(fieldProblems(errors));
}
