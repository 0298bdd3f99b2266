import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExcess } from './json-extent.ts';

const excessOf = (text: string) => findExcess(Buffer.from(text));
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((each) => depthOf(each)))
    : 0;

describe('a JSON text', () => {
  it('has at most 64 levels, of arrays and objects together', () => {
    expect(excessOf(nested(64))).toBeNull();
    expect(excessOf(nested(65))).toBe('The body is nested deeper than 64 levels.');
    expect(excessOf(`${'{"a":['.repeat(32)}1${']}'.repeat(32)}`)).toBeNull();
    expect(excessOf(`${'{"a":['.repeat(33)}1${']}'.repeat(33)}`)).toMatch(/deeper/);
    expect(excessOf('['.repeat(500_000))).toMatch(/deeper/);
  });

  it('has its depth counted outside of its strings only', () => {
    expect(excessOf(JSON.stringify({ text: '['.repeat(1_000), ['[{[{'.repeat(100)]: 1 }))).toBeNull();
    expect(excessOf(`["\\"${'['.repeat(100)}\\\\", 1]`)).toBeNull();
    expect(excessOf(`["\\\\", ${nested(64)}]`)).toMatch(/deeper/);
    expect(excessOf(`[${'[],'.repeat(1_000)}1]`)).toBeNull();
  });

  it('has at most 2,000 members in an object', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join();
    const object = `{${members(2_000)}}`;
    for (const text of [object, `[${object},${object}]`, `{"a":${object},"b":[1,2,3],"c":${object}}`])
      expect(excessOf(text)).toBeNull();
    const excess = 'An object of the body has more than 2000 members.';
    expect(excessOf(`{${members(2_001)}}`)).toBe(excess);
    expect(excessOf(`[{"a":[1,2],"b":{},${members(1_999)}}]`)).toBe(excess);
  });

  it('has at most 30,000 values', () => {
    expect(excessOf(`[${Array(30_000).fill('1').join()}]`)).toBeNull();
    expect(excessOf(`[${Array(30_001).fill('1').join()}]`)).toBe('The body has more than 30000 values.');
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
