import type { Charset } from './charset.ts';

/**
 * The fields of a form (`application/x-www-form-urlencoded`, or a query string), in order and one at a time: a body may
 * hold a million. Escapes are bytes of `charset`. Never throws.
 */
export function* formFieldsOf(form: Buffer, charset: Charset): Generator<[name: string, value: string]> {
  // One character for each byte, so that a text can be split before it is decoded.
  const text = charset.isLikeAscii
    ? form.toString('latin1')
    : Buffer.from(charset.decode(form)).toString('latin1');
  const decode = (part: string) => {
    if (!/[+%\x80-\xff]/.test(part)) return part;
    const bytes = Buffer.from(part.replaceAll('+', ' ').replace(escaped, toByte), 'latin1');
    return charset.isLikeAscii ? charset.decode(bytes) : bytes.toString();
  };
  for (let begin = 0; begin < text.length; ) {
    const found = text.indexOf('&', begin);
    const end = found === -1 ? text.length : found;
    const pair = text.slice(begin, end);
    begin = end + 1;
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals === -1) yield [decode(pair), ''];
    else yield [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
  }
}

const escaped = /%([0-9a-f]{2})/gi;
const toByte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
