/** Encodings in which `&`, `=` and `%` are not the bytes that they are in ASCII. */
const notLikeAscii = /^(?:utf-16|iso-2022)/;

/** An encoding of the Encoding Standard (encoding.spec.whatwg.org). */
export interface Charset {
  /** False where a form must be decoded before it can be split. */
  isLikeAscii: boolean;
  /** Decodes bytes; what is invalid becomes U+FFFD, and a byte order mark is left out. */
  decode(bytes: Uint8Array): string;
}

/**
 * The encoding that a byte order mark states, else the declared one (a `charset` parameter), else UTF-8. A label that
 * the Encoding Standard does not know counts as undeclared.
 */
export function charsetOf(bytes: Uint8Array, declared: string | null): Charset {
  const encoding = encodingOf(markOf(bytes) ?? declared ?? 'utf-8');
  return {
    isLikeAscii: !notLikeAscii.test(encoding),
    // A decoder for each text: one that was given half a character would begin the next text with it.
    decode: (text) => new TextDecoder(encoding).decode(text),
  };
}

function encodingOf(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return 'utf-8';
  }
}

function markOf([first, second]: Uint8Array): string | null {
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : null;
}
