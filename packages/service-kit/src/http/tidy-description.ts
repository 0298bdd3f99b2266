type Json = { [name: string]: unknown };

interface Description {
  paths?: { [path: string]: { [method: string]: { parameters?: Parameter[] } } };
  components?: { schemas?: { [name: string]: Json } };
}

const prefix = '#/components/schemas/';
const inputSuffix = 'Input';
/** What JavaScript counts exactly. It bounds every whole number here, and says nothing to a reader. */
const widest = new Set([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);

/**
 * Makes an OpenAPI document fit for generators: one schema under one name. A schema that is read and written alike, or
 * only written, loses the suffix `Input`; schemas that nothing refers to, and bounds of whole numbers that say nothing,
 * are left out. So are the examples of optional parameters, which a page for trying requests would send: an `If-Match` that
 * fits no version, a period in which nothing happened. Their descriptions keep them. The given document is not changed.
 */
export function tidyDescription<T extends object>(description: T): T {
  const tidied = structuredClone(description) as T & Description;
  withoutWidestBounds(tidied);
  describeOptionalExamples(tidied);
  const schemas = tidied.components?.schemas;
  if (schemas === undefined) return tidied;
  dropUnused(tidied, schemas);
  for (const name of Object.keys(schemas)) {
    if (!name.endsWith(inputSuffix)) continue;
    const plain = name.slice(0, -inputSuffix.length);
    const read = schemas[plain];
    if (read !== undefined && JSON.stringify(read) !== JSON.stringify(schemas[name])) continue;
    schemas[plain] = schemas[name] as Json;
    delete schemas[name];
    eachObject(tidied, (object) => {
      if (object.$ref === `${prefix}${name}`) object.$ref = `${prefix}${plain}`;
    });
  }
  return tidied;
}

interface Parameter {
  in: string;
  required?: boolean;
  description?: string;
  schema?: Json;
}

function describeOptionalExamples({ paths = {} }: Description): void {
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const parameter of operation.parameters ?? []) {
      const { required = false, schema } = parameter;
      if (required || schema?.example === undefined) continue;
      const text = `For example \`${String(schema.example)}\`.`;
      const { description = '' } = parameter;
      parameter.description = description === '' ? text : `${description.replace(/\.?$/, '.')} ${text}`;
      delete schema.example;
    }
  }
}

function withoutWidestBounds(description: object): void {
  eachObject(description, (object) => {
    if (object.type !== 'integer') return;
    for (const bound of ['minimum', 'maximum']) if (widest.has(object[bound] as number)) delete object[bound];
  });
}

/** Again until none is left: a schema may be referred to by an unused one only. */
function dropUnused(description: object, schemas: { [name: string]: Json }): void {
  for (;;) {
    const used = new Set<string>();
    eachObject(description, ({ $ref }) => {
      if (typeof $ref === 'string' && $ref.startsWith(prefix)) used.add($ref.slice(prefix.length));
    });
    const unused = Object.keys(schemas).filter((name) => !used.has(name));
    if (unused.length === 0) return;
    for (const name of unused) delete schemas[name];
  }
}

function eachObject(value: unknown, visit: (object: Json) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Json);
  for (const each of Object.values(value)) eachObject(each, visit);
}
