import secureJson from 'secure-json-parse';
import type * as z from 'zod';
import { schemaProblem } from '../../http/problems/field-errors.ts';
import { Problem } from '../../http/problems/problem.ts';

/** As Fastify says it. */
const notJson = "Body is not valid JSON but content-type is set to 'application/json'";

/**
 * A body that a route was given as text, as a route with a parsed body would have it. Throws `malformed-request` and
 * `validation-failed`.
 */
export function readBody<T extends z.ZodType>(text: string | undefined, schema: T): z.output<T> {
  const parsed = schema.safeParse(text === undefined || text === '' ? undefined : parse(text));
  if (parsed.success) return parsed.data;
  throw schemaProblem(
    '/body',
    parsed.error.issues.map((issue) => ({
      path: issue.path.map((part) => `/${String(part)}`).join(''),
      message: issue.message,
      keys: issue.code === 'unrecognized_keys' ? issue.keys : null,
    })),
  );
}

function parse(text: string): unknown {
  try {
    return secureJson.parse(text);
  } catch {
    throw new Problem('malformed-request', { detail: notJson });
  }
}
