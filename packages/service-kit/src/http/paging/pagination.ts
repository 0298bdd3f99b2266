import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { fieldProblem } from '../problems/problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Signs the cursors of this installation: every process of it accepts the others'. */
    cursorKey: Buffer;
  }
}

/**
 * A whole number in a query or in an address, in decimal digits: neither `0x10` nor `1e2`, `+5` or ` 5`. `-` is read, so
 * that the error for a negative number names the bounds.
 */
export const wholeNumber = (minimum: number, maximum: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int('must be a whole number, in decimal digits').min(minimum).max(maximum),
  );

const largestPage = 200;

/** The query parameters of every list. */
export const PageQuery = z.strictObject({
  limit: wholeNumber(1, largestPage)
    .default(50)
    .meta({ description: `How many items at most, 1 to ${largestPage}` }),
  cursor: z
    .string()
    .regex(/^[\w-]{1,2000}$/, 'the "next" of a page of this list, with the same filters')
    .optional()
    .meta({ description: '`next` of the page before' }),
});

/** A page of `item`s; `next` is null on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** What positions in a cursor are made of: PostgreSQL's types hold every value of these. */
export const cursorNumber = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const cursorText = z.string().max(500);

const signatureBytes = 16;

/**
 * Returns an opaque cursor for what comes after `position` in the list that the request reads. It is signed with a key of
 * the installation, for this route and these filters.
 */
export function encodeCursor(request: FastifyRequest, position: unknown): string {
  const body = Buffer.from(JSON.stringify(position));
  return Buffer.concat([sign(request, body), body]).toString('base64url');
}

/**
 * Reads a cursor that `encodeCursor` made for the same route and filters; the page's size may differ. Throws the problem
 * `validation-failed`, naming `/query/cursor`, for any other text.
 */
export function decodeCursor<T>(request: FastifyRequest, cursor: string, schema: z.ZodType<T>): T {
  const bytes = Buffer.from(cursor, 'base64url');
  const body = bytes.subarray(signatureBytes);
  const signature = bytes.subarray(0, signatureBytes);
  if (signature.length === signatureBytes && timingSafeEqual(signature, sign(request, body))) {
    const parsed = schema.safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return parsed.data;
  }
  throw fieldProblem('/query/cursor', 'must be the "next" of a page of this list, with the same filters');
}

function sign(request: FastifyRequest, body: Buffer): Buffer {
  const { cursor: _, limit: __, ...filters } = (request.query ?? {}) as { [name: string]: unknown };
  const bound = [request.routeOptions.url, request.params, Object.entries(filters).sort()];
  return createHmac('sha256', request.server.cursorKey)
    .update(JSON.stringify(bound))
    .update('\n')
    .update(body)
    .digest()
    .subarray(0, signatureBytes);
}
