import { parametersOf } from './header-parameters.ts';

/** One part of a multipart body that is a field: a file, and a part without a name, is none. */
export interface MultipartField {
  name: string;
  /** As it came; `charset` is that of the part's own Content-Type, null when it has none. */
  value: Buffer;
  charset: string | null;
}

/** RFC 2046, 5.1.1 allows 70 characters; what is longer is not a boundary. */
const longestBoundary = 200;
const longestHeaders = 16_384;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const firstLine = /^--([^\r\n]+?)[ \t]*\r?\n/;
const firstPart = /^--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n){0,8}?content-disposition[ \t]*:/i;

/**
 * The boundary of a multipart body, null when it is not one. The declared one where the body has it; else that of the
 * first line, for some senders declare none, or another, or call the whole by another type.
 */
export function boundaryOf(contentType: string, body: Buffer): string | null {
  const isDeclared = /^\s*multipart\//i.test(contentType);
  const declared = isDeclared ? (parametersOf(contentType).get('boundary') ?? '') : '';
  if (declared !== '' && declared.length <= longestBoundary && firstDelimiter(body, declared) !== -1)
    return declared;
  const begin = body.toString('latin1', 0, 2_048);
  if (!isDeclared && !firstPart.test(begin)) return null;
  const found = firstLine.exec(begin)?.[1] ?? '';
  return found === '' || found.length > longestBoundary ? null : found;
}

/**
 * The fields of a multipart body (RFC 7578), in order. Tolerant, because a call is worth more than its form: lines may
 * end in LF alone, headers may be folded, anything may come before the first delimiter, the last one may be missing.
 *
 * Written here because the body is in memory and small, and what npm has is either a stream, whose callbacks throw
 * where no promise hears them, or strict.
 */
export function* fieldsOf(body: Buffer, boundary: string): Generator<MultipartField> {
  const delimiter = Buffer.from(`\n--${boundary}`, 'latin1');
  let at = firstDelimiter(body, boundary);
  while (at !== -1) {
    const begin = endOfDelimiter(body, at + delimiter.length - 1);
    if (begin === -1) return;
    // From the line feed that ends the delimiter's own line, for a part may be empty.
    const next = nextDelimiter(body, delimiter, begin - 1);
    const end = next === -1 ? endOfLast(body) : next;
    const field = readPart(body.subarray(begin, Math.max(begin, end)));
    if (field !== null) yield field;
    at = next === -1 ? -1 : next + 1;
  }
}

/** Where the first `--boundary` stands that begins a line and ends with it; -1: nowhere. */
function firstDelimiter(body: Buffer, boundary: string): number {
  const delimiter = Buffer.from(`\n--${boundary}`, 'latin1');
  const isFirst = body.subarray(0, delimiter.length - 1).equals(delimiter.subarray(1));
  if (isFirst && isDelimiter(body, delimiter.length - 1)) return 0;
  const found = nextDelimiter(body, delimiter, 0);
  return found === -1 ? -1 : found + 1;
}

/** The line feed before the next delimiter. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  let at = body.indexOf(delimiter, from);
  while (at !== -1 && !isDelimiter(body, at + delimiter.length)) at = body.indexOf(delimiter, at + 1);
  return at;
}

/** Whether the line ends after it: else it is the beginning of another boundary, or of a text. */
function isDelimiter(body: Buffer, after: number): boolean {
  return isLast(body, after) || endOfDelimiter(body, after) !== -1;
}

/** A body may be cut off within its last delimiter. */
function isLast(body: Buffer, after: number): boolean {
  return ['--', '-', ''].includes(body.toString('latin1', after, after + 2));
}

/** Where the part begins whose delimiter ends here; -1 after the last delimiter. */
function endOfDelimiter(body: Buffer, after: number): number {
  let at = after;
  while (body[at] === 0x20 || body[at] === 0x09) at += 1;
  if (body[at] === carriageReturn) at += 1;
  return body[at] === lineFeed ? at + 1 : -1;
}

/** A last part without a delimiter ends with the body, or with the line that the body ends with. */
function endOfLast(body: Buffer): number {
  return body[body.length - 1] === lineFeed ? body.length - 1 : body.length;
}

function readPart(part: Buffer): MultipartField | null {
  const { headers, begin } = splitPart(part);
  const disposition = parametersOf(headers.get('content-disposition') ?? '');
  const name = disposition.get('name');
  if (name === undefined || name === '' || disposition.has('filename') || disposition.has('filename*'))
    return null;
  const type = headers.get('content-type') ?? '';
  // Several files of one name, in a multipart of their own (RFC 7578, 4.3: no longer sent).
  if (/^\s*multipart\//i.test(type)) return null;
  const end = part[part.length - 1] === carriageReturn ? part.length - 1 : part.length;
  return {
    name,
    value: part.subarray(begin, Math.max(begin, end)),
    charset: parametersOf(type).get('charset') ?? null,
  };
}

function splitPart(part: Buffer): { headers: Map<string, string>; begin: number } {
  const headers = new Map<string, string>();
  let begin = 0;
  const lines: string[] = [];
  while (begin < Math.min(part.length, longestHeaders)) {
    const feed = part.indexOf(lineFeed, begin);
    const end = feed === -1 ? part.length : feed;
    const line = part.toString('utf8', begin, part[end - 1] === carriageReturn ? end - 1 : end);
    begin = end + 1;
    if (line === '') break;
    if (/^[ \t]/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line);
  }
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name !== '' && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, begin };
}
