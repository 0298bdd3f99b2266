/** So much as the largest catalog has, and more. */
const deepestNesting = 64;
/** The largest customer and the largest simulation have half as many. */
const mostValues = 30_000;
/** No schema has an object with more; each key and each fault costs more than its bytes. */
const mostMembers = 2_000;

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
/** Less than any number of commas makes up for. */
const arrayMark = -1e9;

/**
 * What is too much about a JSON text, as a sentence, or null: it nests too deep, has too many values, or an object with
 * too many members. Reads the bytes once, before anything is parsed, and stops at the first excess. A text that is no
 * JSON is left to the parser.
 */
export function findExcess(body: Uint8Array): string | null {
  /** Of each level that is open: the commas in it, negative where it is an array. */
  const commas = new Int32Array(deepestNesting + 1);
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
        commas[depth] = body[index] === openBrace ? 0 : arrayMark;
        break;
      case closeBracket:
      case closeBrace:
        if (depth > 0) depth -= 1;
        break;
      case comma:
        values += 1;
        if (values > mostValues) return `The body has more than ${mostValues} values.`;
        commas[depth] = (commas[depth] as number) + 1;
        if ((commas[depth] as number) >= mostMembers)
          return `An object of the body has more than ${mostMembers} members.`;
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
