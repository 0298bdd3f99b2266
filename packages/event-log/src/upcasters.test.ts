import { describe, expect, it } from 'vitest';
import { createUpcasters, currentVersions } from './upcasters.ts';

/** One event of each old version as it was stored. */
const stored = [
  { type: 'BreadBaked', v: 1, position: 1, data: { name: 'rye' } },
  { type: 'BreadBaked', v: 2, position: 2, data: { names: ['rye', 'oat'] } },
  { type: 'BreadBaked', v: 3, position: 3, data: { loaves: [{ name: 'rye', grams: null }] } },
];
const upcasters = createUpcasters(
  {
    BreadBaked: {
      1: ({ name }) => ({ names: [name] }),
      2: ({ names }) => ({ loaves: (names as string[]).map((name) => ({ name, grams: null })) }),
    },
  },
  { BreadBaked: 3 },
);

describe('upcasting', () => {
  it('lifts every stored version to the present one', () => {
    expect(stored.map((event) => upcasters.upcast(event))).toEqual([
      { v: 3, data: { loaves: [{ name: 'rye', grams: null }] } },
      {
        v: 3,
        data: {
          loaves: [
            { name: 'rye', grams: null },
            { name: 'oat', grams: null },
          ],
        },
      },
      { v: 3, data: { loaves: [{ name: 'rye', grams: null }] } },
    ]);
  });

  it('knows no event of a newer release', () => {
    expect(() => upcasters.upcast({ type: 'BreadBaked', v: 4, position: 9, data: {} })).toThrow('event 9');
    expect(() => upcasters.upcast({ type: 'CakeBaked', v: 1, position: 9, data: {} })).toThrow('CakeBaked');
  });

  it('has no gap between the versions that were stored and the present ones', () => {
    expect(() => createUpcasters({}, { BreadBaked: 2 })).toThrow('from version 1');
    expect(() => createUpcasters()).not.toThrow();
    expect(currentVersions).toMatchObject({ TicketOpened: 1, CustomerDefined: 1 });
  });
});
