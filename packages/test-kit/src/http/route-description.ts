import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer } from './http-client.ts';

interface Described {
  responses: {
    [status: string]: {
      headers?: { [name: string]: object };
      content?: { [type: string]: { schema: object } };
    };
  };
}

/** Those that clients use: an answer that carries one must be described with it. */
const headersOfClients = [
  'x-request-id',
  'etag',
  'location',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'ringback-position',
  'ringback-log',
];

/** As far as a test needs it: an OpenAPI 3.1 description. */
export interface RouteDescription {
  paths: { [path: string]: { [method: string]: Described } };
  components: { schemas: { [name: string]: object } };
}

/**
 * What a description says is wrong with an answer, one line each; empty: it is as described. Instants and ids are
 * judged by their patterns.
 */
export function createAnswerCheck(
  description: RouteDescription,
): (method: string, path: string, answer: Answer) => string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'description', components: description.components });
  const compiled = new Map<object, ValidateFunction>();
  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const validate = ajv.compile(
      JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"description#/components/')),
    );
    compiled.set(schema, validate);
    return validate;
  };
  const paths = Object.keys(description.paths).map((path) => ({
    path,
    // A literal segment is meant before one that stands for any.
    parameters: path.split('{').length,
    pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  }));
  paths.sort((one, other) => one.parameters - other.parameters);
  return (method, address, { status, headers, body }) => {
    const [path = ''] = address.split('?');
    const found = paths.find(({ pattern }) => pattern.test(path))?.path ?? '';
    const described = description.paths[found]?.[method]?.responses[status];
    if (described === undefined) return [`${method} ${path} is not described to answer ${status}`];
    const known = Object.keys(described.headers ?? {}).map((name) => name.toLowerCase());
    const unknown = headersOfClients.filter((name) => headers.get(name) !== null && !known.includes(name));
    if (unknown.length > 0) return [`${status} is not described with ${unknown.join(', ')}`];
    if (described.content === undefined) return body === '' ? [] : [`${status} is described without a body`];
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    const schema = described.content[type]?.schema;
    if (schema === undefined)
      return [`${status} is described as ${Object.keys(described.content)}, not ${type}`];
    const validate = validatorOf(schema);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
