import { findJsonExcess } from '@ringback/domain/common';
import { charsetOf } from './charset.ts';
import { formFieldsOf } from './form.ts';
import { parametersOf } from './header-parameters.ts';
import { boundaryOf, fieldsOf } from './multipart.ts';

/** The fields of a delivery, whatever it was sent as: each name with all its values, in order. */
export type Fields = Map<string, unknown[]>;

export interface RawDelivery {
  contentType: string | null;
  query: string;
  body: Buffer;
}

const maximumNames = 1_000;
const maximumValues = 10_000;
const deepestNesting = 64;
/** Characters. Numbers of a longer text are read as JavaScript reads them, which is quicker and less exact. */
const longestExact = 65_536;

/**
 * Reads JSON, forms, multipart and the query string alike: many phone systems label what they send wrongly, so the
 * content decides. Brackets at the end of a name (`user[]`) are part of a form's way to send lists. Text is decoded by
 * the charset that is declared, UTF-8 where none is. Rejects with a sentence when nothing can be read.
 */
export async function readFields({ contentType, query, body }: RawDelivery): Promise<Fields> {
  const fields = createFields();
  for (const [name, value] of formFieldsOf(Buffer.from(query), charsetOf(Buffer.alloc(0), null))) {
    fields.add(name, value);
  }
  if (body.length > 0) addBody(fields, contentType ?? '', body);
  return fields.all;
}

function addBody({ add }: FieldsBeingRead, contentType: string, body: Buffer): void {
  const declared = parametersOf(contentType).get('charset') ?? null;
  const boundary = boundaryOf(contentType, body);
  if (boundary !== null) {
    for (const { name, value, charset } of fieldsOf(body, boundary))
      add(name, charsetOf(value, charset ?? declared).decode(value));
    return;
  }
  const charset = charsetOf(body, declared);
  const text = charset.decode(body);
  if (/^\s*[[{]/.test(text)) {
    for (const [name, field] of readJson(text)) {
      if (Array.isArray(field)) for (const each of field) add(name, each);
      else add(name, field);
    }
  } else for (const [name, value] of formFieldsOf(body, charset)) add(name, value);
}

interface FieldsBeingRead {
  all: Fields;
  /** Throws when there are more than any phone system sends: to drop some silently could drop the one that counts. */
  add(name: string, value: unknown): void;
}

function createFields(): FieldsBeingRead {
  const all: Fields = new Map();
  let values = 0;
  return {
    all,
    add(name, value) {
      values += 1;
      if (values > maximumValues) throw new Error(`it has more than ${maximumValues} values`);
      const plain = name.endsWith('[]') ? name.slice(0, -2) : name;
      const known = all.get(plain);
      if (known !== undefined) known.push(value);
      else if (all.size < maximumNames) all.set(plain, [value]);
      else throw new Error(`it has more than ${maximumNames} fields`);
    },
  };
}

function readJson(text: string): [name: string, value: unknown][] {
  // Walking a deep value overflows the stack.
  if (findJsonExcess(Buffer.from(text), { depth: deepestNesting }) !== null)
    throw new Error(`the JSON is nested deeper than ${deepestNesting} levels`);
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('the JSON is not an object');
  return Object.entries(value);
}

function parseJson(text: string): unknown {
  try {
    return text.length > longestExact ? JSON.parse(text) : JSON.parse(text, asWritten);
  } catch {
    throw new Error('the body begins like JSON, and is not valid JSON');
  }
}

/** A call's id may be a number of more digits than a JavaScript number holds. */
function asWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? value) : value;
}

/** Characters. Longer than any number, name or id that a phone system sends. */
const longestText = 1_000;

/**
 * The first value under any of these names, as text, cut off after 1,000 characters; null when there is none or it is
 * empty. What no store can hold (U+0000, halves of a surrogate pair) is left out of it: the call is worth more than the
 * character.
 */
export function textOf(fields: Fields, ...names: string[]): string | null {
  for (const name of names) {
    const value = fields.get(name)?.[0];
    const text =
      typeof value === 'string' ? value.slice(0, longestText).toWellFormed().replaceAll('\0', '') : '';
    if (text !== '') return text;
    if (typeof value === 'number') return String(value);
  }
  return null;
}
