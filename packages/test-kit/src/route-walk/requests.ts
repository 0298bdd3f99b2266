import fc from 'fast-check';
import type { Operation, Parameter } from './operations.ts';
import { type Chances, type ValueContext, validValues } from './values/valid-values.ts';

/**
 * `plain`: what is required and likely to exist; `valid`: anything that the description allows; `invalid`: one thing is
 * wrong, which the answer must name; `hostile`: whatever it is, the server must survive it.
 */
export type RequestKind = 'plain' | 'valid' | 'invalid' | 'hostile';

export interface WalkRequest {
  kind: RequestKind;
  method: string;
  /** With its query string, percent-encoded. */
  path: string;
  headers: { [name: string]: string };
  body: string | null;
  /** Of an invalid request: what is wrong, and the statuses that say so. */
  wrong?: Wrong;
}

export interface Wrong {
  /** Null: the problem is not one of a field. */
  pointer: string | null;
  why: string;
  statuses: number[];
}

/** A request before it is put together. */
export interface Parts {
  path: { [name: string]: string };
  query: { [name: string]: string };
  headers: { [name: string]: string };
  body: { type: string; text: string } | null;
}

export type Change = (parts: Parts) => Parts;

const boundary = 'boundary-of-the-walk';

/** Requests that the description allows. */
export function partsOf(operation: Operation, context: ValueContext, chances: Chances): fc.Arbitrary<Parts> {
  const those = (place: Parameter['in']) => {
    const entries = operation.parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, schema, required }) => {
        // An empty segment of a path is another route.
        const texts = validValues(schema, context, chances, name)
          .map(String)
          .filter((text) => place !== 'path' || text !== '');
        return [name, required ? texts : maybe(texts, chances)] as const;
      });
    return fc.record(Object.fromEntries(entries)).map(definedOnly);
  };
  return fc.record({
    path: those('path'),
    query: those('query'),
    headers: those('header').map(onlySendable),
    body: bodiesOf(operation, context, chances),
  });
}

/** The value in so many of a hundred cases, else undefined. */
const maybe = <T>(values: fc.Arbitrary<T>, { optional }: Chances): fc.Arbitrary<T | undefined> =>
  optional === 0
    ? fc.constant(undefined)
    : fc.oneof(
        { weight: optional, arbitrary: values },
        { weight: 100 - optional, arbitrary: fc.constant(undefined) },
      );

const definedOnly = (record: { [name: string]: string | undefined }): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

function bodiesOf(
  { bodies, isBodyRequired }: Operation,
  context: ValueContext,
  chances: Chances,
): fc.Arbitrary<Parts['body']> {
  const described = Object.entries(bodies).map(([type, schema]) =>
    validValues(schema, context, chances, 'body').map((value) => ({ type, text: encodeBody(type, value) })),
  );
  if (described.length === 0) return fc.constant(null);
  const body = fc.oneof(...described);
  return isBodyRequired ? body : fc.option(body, { freq: 5 });
}

function encodeBody(type: string, value: unknown): string {
  if (type === 'multipart/form-data' && typeof value === 'object' && value !== null)
    return `${Object.entries(value)
      .map(
        ([name, each]) =>
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${String(each)}\r\n`,
      )
      .join('')}--${boundary}--\r\n`;
  if (type === 'application/x-www-form-urlencoded' && typeof value === 'object' && value !== null)
    return new URLSearchParams(
      Object.entries(value).map(([name, each]): [string, string] => [
        name.toWellFormed(),
        String(each).toWellFormed(),
      ]),
    ).toString();
  return typeof value === 'string' && !type.endsWith('json') ? value : JSON.stringify(value);
}

/** Node refuses to send other characters in a header. */
export const onlySendable = (headers: { [name: string]: string }): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim(),
    ]),
  );

export const withoutHeader = (headers: Parts['headers'], name: string): Parts['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each.toLowerCase() !== name));

/** The request that is sent. */
export function assemble(
  operation: Operation,
  kind: RequestKind,
  { path, query, headers, body }: Parts,
  wrong?: Wrong,
): WalkRequest {
  const address = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeText(path[name] ?? '-'));
  const search = Object.entries(query).map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`);
  return {
    kind,
    method: operation.method,
    path: search.length === 0 ? address : `${address}?${search.join('&')}`,
    headers: { ...headers, ...(body === null ? {} : { 'content-type': contentTypeOf(body.type) }) },
    body: body?.text ?? null,
    ...(wrong === undefined ? {} : { wrong }),
  };
}

const contentTypeOf = (type: string) =>
  type === 'multipart/form-data' ? `${type}; boundary=${boundary}` : type;
const encodeText = (text: string) => encodeURIComponent(text.toWellFormed());
