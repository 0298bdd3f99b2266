/** `; name=value` or `; name="value"`, as in Content-Type and Content-Disposition (RFC 9110, 5.6.6). */
const parameter = /;\s*([^=;\s]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/g;

/** Longer than any header that a phone system sends. */
const longestHeader = 16_384;

/**
 * The parameters of a header's value, names in lower case; of a name that comes twice the first value. What is quoted
 * is taken as one, so that `filename="a; name=b"` names no field. Never throws.
 */
export function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  if (header.length > longestHeader) return parameters;
  for (const [, name = '', quoted, plain] of header.matchAll(parameter)) {
    const value = quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll(/\\(["\\])/g, '$1');
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, value);
  }
  return parameters;
}
