import type { FastifyRequest } from 'fastify';
import { cursorText, decodeCursor, encodeCursor, PageQuery, wholeNumber } from './pagination.ts';

/** The query parameters of a list that is short as a rule, so that most answers are the whole of it. */
export const ListQuery = PageQuery.extend({
  limit: wholeNumber(1, 500).default(500).meta({ description: 'How many items at most, 1 to 500' }),
});

/** A page of a list that is in memory, ordered by a key that each item has for itself. */
export function pageByKey<T>(
  request: FastifyRequest<{ Querystring: { limit: number; cursor?: string | undefined } }>,
  items: readonly T[],
  keyOf: (item: T) => string,
): { items: T[]; next: string | null } {
  const { limit, cursor } = request.query;
  const after = cursor === undefined ? null : decodeCursor(request as FastifyRequest, cursor, cursorText);
  const left = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === null || key > after)
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  const page = left.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    next:
      left.length > limit && last !== undefined ? encodeCursor(request as FastifyRequest, last.key) : null,
  };
}

/** Of one page, in characters of JSON. */
const longestPage = 1_000_000;

/**
 * How many items make up a page: `limit`, or fewer where they are large, and one at least. A page of a few large items
 * ends early, and `next` leads to the others.
 */
export function pageLength(items: readonly unknown[], limit: number): number {
  let length = 0;
  let characters = 0;
  while (length < Math.min(limit, items.length)) {
    characters += JSON.stringify(items[length]).length;
    if (characters > longestPage && length > 0) break;
    length += 1;
  }
  return length;
}
