type Json = { [name: string]: unknown };

interface Description {
  components?: { schemas?: { [name: string]: Json } };
}

const prefix = '#/components/schemas/';
const inputSuffix = 'Input';
/** What JavaScript counts exactly. It bounds every whole number here, and says nothing to a reader. */
const widest = new Set([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);

/**
 * Makes an OpenAPI document fit for generators: one schema under one name. A schema that is read and written alike, or
 * only written, loses the suffix `Input`; schemas that nothing refers to, and bounds of whole numbers that say nothing,
 * are left out. The given document is not changed.
 */
export function tidyDescription<T extends object>(description: T): T {
  const tidied = structuredClone(description) as T & Description;
  withoutWidestBounds(tidied);
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
