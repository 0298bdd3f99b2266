import { isUtf8 } from 'node:buffer';
import { isPlainText } from '@ringback/domain/ticket';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import * as z from 'zod';
import { idempotencyKeyOf } from './conditional.ts';
import { type FieldError, fieldProblems, Problem } from './problems.ts';

/** So much as the largest catalog has, and more; deeper ones are made to exhaust whoever walks them. */
const deepestNesting = 64;
/** No body that is shorter nests so deep. */
const shortBody = 2 * deepestNesting;
const replacement = '\uFFFD';

/**
 * JSON as it has to be before anybody looks at it: UTF-8, not nested without end. A command without particulars may come
 * without a body, whatever its content type says.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // Plain text would reach a route as a string that no schema knows: it is no media type of this API.
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = body.toString();
    if (text === '') return done(null, undefined);
    // What is no UTF-8 is decoded to replacement characters, which may also be sent as such.
    if (text.includes(replacement) && !isUtf8(body as Buffer)) {
      return done(new Problem('malformed-request', { detail: 'The body is not valid UTF-8.' }));
    }
    parse(request, text, (error, value) => {
      if (error === null && text.length > shortBody && isDeeperThan(value, deepestNesting)) {
        const detail = `The body is nested deeper than ${deepestNesting} levels.`;
        return done(new Problem('malformed-request', { detail }));
      }
      done(error, value);
    });
  });
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) {
    if (isDeeperThan((value as { [key: string]: unknown })[key], levels - 1)) return true;
  }
  return false;
}

/** A route that names no query parameters takes none: a misspelt filter must not look as if it filtered. */
export function refuseUnknownQueries(route: RouteOptions): void {
  const { scope } = route.config ?? {};
  if (!route.url.startsWith('/v1') || scope === 'public') return;
  route.schema = { querystring: z.strictObject({}), ...route.schema };
}

/** Text in an address that PostgreSQL cannot hold names nothing, and must not get as far. Throws `validation-failed`. */
export function requirePlainAddress(
  { query, params }: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const errors: FieldError[] = [];
  for (const [place, values] of Object.entries({ query, params } as {
    [place: string]: object | undefined;
  })) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if (typeof value !== 'string' || isPlainText(value)) continue;
      errors.push({ pointer: `/${place}/${name}`, detail: 'must be text without U+0000' });
    }
  }
  if (errors.length === 0) return done();
  done(fieldProblems(errors));
}

/** A malformed `Idempotency-Key` is refused by every route under a key, even by those that change nothing. */
export function requireReadableIdempotencyKey(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const { scope } = request.routeOptions.config;
  if (request.method === 'GET' || scope === undefined || scope === 'public') return done();
  try {
    idempotencyKeyOf(request);
    done();
  } catch (error) {
    done(error as Error);
  }
}
