import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonExcess } from './json-extent.ts';

const excessOf = (text: string) =>
  findJsonExcess(Buffer.from(text), { depth: 64, values: 30_000, members: 2_000 });
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((each) => depthOf(each)))
    : 0;

describe('a JSON text', () => {
  it('has any number of values and members where only its depth is limited', () => {
    const object = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, nth) => [nth, nth])));
    const text = Buffer.from(`[${Array(10).fill(object).join()}]`);
    expect(findJsonExcess(text, { depth: 2 })).toBeNull();
    expect(findJsonExcess(text, { depth: 1 })).toBe('depth');
  });

  it('has at most 64 levels, of arrays and objects together', () => {
    expect(excessOf(nested(64))).toBeNull();
    expect(excessOf(nested(65))).toBe('depth');
    expect(excessOf(`${'{"a":['.repeat(32)}1${']}'.repeat(32)}`)).toBeNull();
    expect(excessOf(`${'{"a":['.repeat(33)}1${']}'.repeat(33)}`)).toBe('depth');
    expect(excessOf('['.repeat(500_000))).toBe('depth');
  });

  it('has its depth counted outside of its strings only', () => {
    expect(excessOf(JSON.stringify({ text: '['.repeat(1_000), ['[{[{'.repeat(100)]: 1 }))).toBeNull();
    expect(excessOf(`["\\"${'['.repeat(100)}\\\\", 1]`)).toBeNull();
    expect(excessOf(`["\\\\", ${nested(64)}]`)).toBe('depth');
    expect(excessOf(`[${'[],'.repeat(1_000)}1]`)).toBeNull();
  });

  it('has at most 2,000 members in an object', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join();
    const object = `{${members(2_000)}}`;
    for (const text of [object, `[${object},${object}]`, `{"a":${object},"b":[1,2,3],"c":${object}}`])
      expect(excessOf(text)).toBeNull();
    expect(excessOf(`{${members(2_001)}}`)).toBe('members');
    expect(excessOf(`[{"a":[1,2],"b":{},${members(1_999)}}]`)).toBe('members');
  });

  it('has at most 30,000 values', () => {
    expect(excessOf(`[${Array(30_000).fill('1').join()}]`)).toBeNull();
    expect(excessOf(`[${Array(30_001).fill('1').join()}]`)).toBe('values');
    expect(excessOf(JSON.stringify([','.repeat(100_000)]))).toBeNull();
  });

  it('is judged as what it parses to', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 0, max: 66 }), (value, levels) => {
        const text = `${'['.repeat(levels)}${JSON.stringify(value)}${']'.repeat(levels)}`;
        expect(excessOf(text) === null).toBe(depthOf(JSON.parse(text)) <= 64);
      }),
      { numRuns: 500 },
    );
  });

  it('that is none is read to its end', () => {
    for (const text of ['', '"', '"\\', '{"a', ']]]]', '\u0000']) expect(excessOf(text)).toBeNull();
  });
});
