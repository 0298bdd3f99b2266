import busboy from '@fastify/busboy';

/** The fields of a delivery, whatever it was sent as: each name with all its values, in order. */
export type Fields = Map<string, unknown[]>;

export interface RawDelivery {
  contentType: string | null;
  query: string;
  body: Buffer;
}

const maximumFields = 1_000;

/**
 * Reads JSON, forms, multipart and the query string alike: many phone systems label what they send wrongly, so the
 * content decides. Brackets at the end of a name (`user[]`) are part of a form's way to send lists. Rejects with a
 * sentence when nothing can be read.
 */
export async function readFields({ contentType, query, body }: RawDelivery): Promise<Fields> {
  const fields: Fields = new Map();
  addForm(fields, query);
  if (body.length === 0) return fields;
  if (contentType?.toLowerCase().startsWith('multipart/') === true) {
    await addMultipart(fields, contentType, body);
    return fields;
  }
  const text = body.toString('utf8');
  const first = text.trimStart().charAt(0);
  if (first === '{' || first === '[') addJson(fields, text);
  else addForm(fields, text);
  return fields;
}

function add(fields: Fields, name: string, value: unknown): void {
  const plain = name.endsWith('[]') ? name.slice(0, -2) : name;
  const known = fields.get(plain);
  if (known !== undefined) known.push(value);
  else if (fields.size < maximumFields) fields.set(plain, [value]);
}

function addForm(fields: Fields, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) add(fields, name, value);
}

function addJson(fields: Fields, text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the body begins like JSON and is none');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('the body is no JSON object');
  for (const [name, field] of Object.entries(value)) {
    if (Array.isArray(field)) for (const each of field) add(fields, name, each);
    else add(fields, name, field);
  }
}

function addMultipart(fields: Fields, contentType: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      const reader = new busboy.Busboy({
        headers: { 'content-type': contentType },
        limits: { fields: maximumFields, files: 0 },
      });
      reader.on('field', (name: string, value: string) => add(fields, name, value));
      reader.on('finish', () => resolve());
      reader.on('error', () => reject(new Error('the multipart body cannot be read')));
      reader.end(body);
    } catch {
      reject(new Error('the multipart body cannot be read'));
    }
  });
}

/**
 * The first value under any of these names, as text; null when there is none or it is empty. What no store can hold
 * (U+0000, halves of a surrogate pair) is left out of it: the call is worth more than the character.
 */
export function textOf(fields: Fields, ...names: string[]): string | null {
  for (const name of names) {
    const value = fields.get(name)?.[0];
    const text = typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : '';
    if (text !== '') return text;
    if (typeof value === 'number') return String(value);
  }
  return null;
}
