/** What Ringback's descriptions use of JSON Schema 2020-12. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: { [name: string]: JsonSchema };
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: boolean | JsonSchema;
  prefixItems?: JsonSchema[];
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
}

export type Resolve = (schema: JsonSchema) => JsonSchema;

/** Follows `#/components/schemas/…`. Throws for a reference that leads nowhere. */
export function createResolver(schemas: { [name: string]: JsonSchema }): Resolve {
  return function resolve(schema): JsonSchema {
    if (schema.$ref === undefined) return schema;
    const { $ref, ...rest } = schema;
    const found = schemas[$ref.replace('#/components/schemas/', '')];
    if (found === undefined) throw new Error(`${$ref} leads nowhere`);
    return { ...resolve(found), ...rest };
  };
}

/** The alternatives of a schema; itself when it has none. */
export function alternativesOf(schema: JsonSchema, resolve: Resolve): JsonSchema[] {
  const resolved = resolve(schema);
  const branches = resolved.anyOf ?? resolved.oneOf;
  return branches === undefined ? [resolved] : branches.flatMap((branch) => alternativesOf(branch, resolve));
}
