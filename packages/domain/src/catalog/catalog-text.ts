import { CatalogInvalid, mostCatalogProblems } from './errors.ts';
import { readJson } from './json-text.ts';
import type { TextContent, TextFault } from './text-content.ts';
import { readYaml } from './yaml-text.ts';

export interface Place {
  line: number;
  column: number;
}

/** The largest shipped catalog has 8,000. */
export const longestCatalogText = 262_144;
const deepestNesting = 100;
const deepEntries = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${deepestNesting}}`, 'm');
const deepIndentation = new RegExp(`^ {${4 * deepestNesting}}`, 'm');

/**
 * Whether brackets or block entries open deeper than any catalog does, which would exhaust the stack. Those in
 * text count too: no text of a catalog has so many.
 */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text.match(/[[\]{}]/g) ?? []) {
    depth += character === '[' || character === '{' ? 1 : -1;
    if (depth > deepestNesting) return true;
  }
  return deepEntries.test(text) || deepIndentation.test(text);
}

/**
 * Reads JSON or YAML. JSON is read as such: it takes a tenth of the time. Throws `CatalogInvalid` with every fault of
 * the text.
 */
export function readCatalogText(text: string): TextContent & { placeOf(offset: number): Place } {
  const placeOf = createPlaces(text);
  const invalid = (faults: readonly TextFault[]) =>
    new CatalogInvalid(
      faults
        .slice(0, mostCatalogProblems)
        .map(({ offset, message }) => ({ ...placeOf(offset), path: '', message })),
      Math.max(0, faults.length - mostCatalogProblems),
    );
  if (text.length > longestCatalogText) {
    const message = `it has ${text.length} characters; a catalog has at most ${longestCatalogText}`;
    throw invalid([{ offset: 0, message }]);
  }
  if (nestsTooDeep(text)) {
    throw invalid([{ offset: 0, message: `it is nested deeper than ${deepestNesting} levels` }]);
  }
  const read = readJson(text) ?? readYaml(text);
  if ('faults' in read) throw invalid(read.faults);
  return { ...read, placeOf };
}

/** Line and column of an offset, both from 1. */
function createPlaces(text: string): (offset: number) => Place {
  let starts: number[] | null = null;
  return (offset) => {
    // Also for a text that is too long to be looked at.
    if (offset === 0) return { line: 1, column: 1 };
    starts ??= [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  };
}
