/** So much as the largest catalog has, and more. */
const deepestNesting = 64;
/** The largest customer has 45,000; beyond it, keys and faults cost more than their bytes. */
const mostValues = 60_000;

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * What is too much about a JSON text, as a sentence, or null: it nests too deep, or has too many values. Reads the
 * bytes once, before anything is parsed, and stops at the first excess. A text that is no JSON is left to the parser.
 */
export function findExcess(body: Uint8Array): string | null {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < body.length; index += 1) {
    switch (body[index]) {
      case quote:
        index = endOfString(body, index + 1);
        break;
      case openBracket:
      case openBrace:
        depth += 1;
        values += 1;
        if (depth > deepestNesting) return `The body is nested deeper than ${deepestNesting} levels.`;
        break;
      case closeBracket:
      case closeBrace:
        depth -= 1;
        break;
      case comma:
        values += 1;
        if (values > mostValues) return `The body has more than ${mostValues} values.`;
        break;
      default:
    }
  }
  return null;
}

/** The index of the quote that ends a string, or the text's length. */
function endOfString(body: Uint8Array, begin: number): number {
  let index = begin;
  while (index < body.length && body[index] !== quote) index += body[index] === backslash ? 2 : 1;
  return index;
}
