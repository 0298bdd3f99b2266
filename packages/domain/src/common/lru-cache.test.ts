import { describe, expect, it } from 'vitest';
import { createLruCache } from './index.ts';

describe('an LRU cache', () => {
  it('forgets what was used least recently', () => {
    const cache = createLruCache<number>({ entries: 2 });
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('replaces without growing, deletes and clears', () => {
    const cache = createLruCache<number>({ entries: 2 });
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('a', 3);
    expect([cache.get('a'), cache.get('b')]).toEqual([3, 2]);
    cache.delete('a');
    expect(cache.get('a')).toBeUndefined();
    cache.clear();
    expect(cache.get('b')).toBeUndefined();
  });

  it('holds no more than its weight, however few the entries are', () => {
    const cache = createLruCache<string>({ entries: 100, weight: 10, weigh: ({ length }) => length });
    cache.set('a', 'xxxx');
    cache.set('b', 'xxxx');
    cache.set('c', 'xxxx');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 'xxxx', 'xxxx']);
    cache.set('b', 'x');
    cache.set('d', 'xxxxx');
    expect([cache.get('b'), cache.get('c'), cache.get('d')]).toEqual(['x', 'xxxx', 'xxxxx']);
    cache.delete('d');
    cache.set('e', 'xxxxx');
    expect([cache.get('b'), cache.get('c'), cache.get('e')]).toEqual(['x', 'xxxx', 'xxxxx']);
  });

  it('does not keep an entry that weighs more than all may', () => {
    const cache = createLruCache<string>({ entries: 100, weight: 10, weigh: ({ length }) => length });
    cache.set('a', 'x'.repeat(11));
    expect(cache.get('a')).toBeUndefined();
    cache.set('b', 'x');
    expect(cache.get('b')).toBe('x');
  });
});
