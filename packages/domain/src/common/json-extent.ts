export interface JsonLimits {
  /** Levels of arrays and objects, together. */
  depth: number;
  /** Values in the whole text. Default: any number. */
  values?: number;
  /** Members of one object. Default: any number. */
  members?: number;
}

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
 * Names the first limit that a JSON text in UTF-8 exceeds; null when there is none. Reads the bytes once, without
 * recursion, and before anything is parsed. Text that is not valid JSON is left to the parser.
 */
export function findJsonExcess(
  text: Uint8Array,
  {
    depth: deepest,
    values: mostValues = Number.POSITIVE_INFINITY,
    members: mostMembers = Number.POSITIVE_INFINITY,
  }: JsonLimits,
): keyof JsonLimits | null {
  /** Of each level that is open: the commas in it, negative where it is an array. */
  const commas = new Int32Array(deepest + 1);
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text[index]) {
      case quote:
        index = endOfString(text, index + 1);
        break;
      case openBracket:
      case openBrace:
        depth += 1;
        values += 1;
        if (depth > deepest) return 'depth';
        commas[depth] = text[index] === openBrace ? 0 : arrayMark;
        break;
      case closeBracket:
      case closeBrace:
        if (depth > 0) depth -= 1;
        break;
      case comma:
        values += 1;
        if (values > mostValues) return 'values';
        commas[depth] = (commas[depth] as number) + 1;
        if ((commas[depth] as number) >= mostMembers) return 'members';
        break;
      default:
    }
  }
  return null;
}

/**
 * The index of the quote that ends a string, or the text's length. A quote after an odd number of backslashes is part of
 * the string. `indexOf` is an order of magnitude faster than a loop, and a megabyte may be one string.
 */
function endOfString(text: Uint8Array, begin: number): number {
  for (let end = text.indexOf(quote, begin); end !== -1; end = text.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (end - escapes > begin && text[end - escapes - 1] === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
