import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { fieldProblem } from './problems.ts';

/** The query parameters of every list. */
export const PageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ description: 'How many items at most, 1 to 200' }),
  cursor: z.string().max(1_000).optional().meta({ description: '`next` of the page before' }),
});

/** A page of `item`s; `next` is null on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** Not a secret worth guarding: it keeps clients from building cursors, which would bind us to their form. */
const key = 'ringback cursor 1';
const signatureBytes = 9;

/** An opaque cursor for what comes after `position`. */
export function encodeCursor(position: unknown): string {
  const body = Buffer.from(JSON.stringify(position));
  return Buffer.concat([sign(body), body]).toString('base64url');
}

/** Throws the problem `validation-failed` for a cursor that no answer of ours held. */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  const bytes = Buffer.from(cursor, 'base64url');
  const body = bytes.subarray(signatureBytes);
  const signature = bytes.subarray(0, signatureBytes);
  if (signature.length === signatureBytes && timingSafeEqual(signature, sign(body))) {
    const parsed = schema.safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return parsed.data;
  }
  throw fieldProblem('/query/cursor', 'must be the "next" of a page of this list');
}

function sign(body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, signatureBytes);
}
