import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldWords } from './fold-words.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });

describe('folded words', () => {
  it('are the same whatever the case', () => {
    for (const [one, other] of [
      ['KÖLN', 'köln'],
      ['Straße', 'STRASSE'],
      ['ΟΔΟΣ', 'οδος'],
      ['ＡＢＣ１２', 'abc12'],
      ['Ко́шка', 'КО́ШКА'],
      ['ﬁx', 'FIX'],
    ] as const)
      expect(foldWords(one)).toBe(foldWords(other));
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (each) => {
        expect(foldWords(each.toUpperCase())).toBe(foldWords(each));
      }),
    );
  });

  it('stay as they are when they are folded again', () => {
    fc.assert(
      fc.property(text, (each) => {
        expect(foldWords(foldWords(each))).toBe(foldWords(each));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are the same in each case, and when they are folded again, for every code point there is', () => {
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
      const each = String.fromCodePoint(codePoint);
      const folded = foldWords(each);
      const others = [folded, each.toUpperCase(), each.toLowerCase()];
      if (each.isWellFormed() && others.some((other) => foldWords(other) !== folded)) wrong.push(each);
    }
    expect(wrong).toEqual([]);
  });

  it('hold no sign beyond ASCII that a locale may take for a letter', () => {
    expect(foldWords('„Köln“ – wo?').split(/\s+/)).toEqual(['', 'köln', 'wo?']);
    fc.assert(
      fc.property(text, (each) => {
        expect(foldWords(each)).not.toMatch(/[^\0-\x7f\p{L}\p{M}\p{N}]/u);
      }),
    );
  });

  it('keep the syntax of a search', () => {
    expect(foldWords('"Grüße aus" -KÖLN OR x@y.example')).toBe('"grüsse aus" -köln or x@y.example');
  });
});
