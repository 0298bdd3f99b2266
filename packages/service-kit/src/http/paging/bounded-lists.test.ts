import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageByKey, pageLength } from './bounded-lists.ts';

const cursorKey = randomBytes(32);
const listing = (query: { limit: number; cursor: string | undefined }) =>
  ({ routeOptions: { url: '/v1/things' }, params: {}, query, server: { cursorKey } }) as never;

describe('a page by key', () => {
  it('leads through the whole list, each item once, in the order of the keys', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 5 }), (keys, limit) => {
        const read: string[] = [];
        let cursor: string | undefined;
        for (;;) {
          const page = pageByKey(listing({ limit, cursor }), keys, (key) => key);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          read.push(...page.items);
          if (page.next === null) break;
          cursor = page.next;
        }
        expect(read).toEqual(keys.toSorted((one, other) => (one < other ? -1 : 1)));
      }),
    );
  });
});

describe('the length of a page', () => {
  it('is its limit, or what there is', () => {
    expect(pageLength([1, 2, 3], 2)).toBe(2);
    expect(pageLength([1, 2, 3], 9)).toBe(3);
    expect(pageLength([], 9)).toBe(0);
  });

  it('is less where items are large, and never nothing', () => {
    const large = 'x'.repeat(400_000);
    expect(pageLength([large, large, large, large], 4)).toBe(2);
    expect(pageLength(['x'.repeat(2_000_000), 'x'], 2)).toBe(1);
  });
});
