import type { JsonSchema } from './values/json-schema.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: JsonSchema;
}

/** One operation of an OpenAPI description. */
export interface Operation {
  /** `POST /v1/tickets` */
  id: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** By media type; empty when no body is described. */
  bodies: { [mediaType: string]: JsonSchema };
  isBodyRequired: boolean;
  needsKey: boolean;
}

interface DescribedOperation {
  parameters?: Partial<Parameter>[];
  requestBody?: { required?: boolean; content?: { [type: string]: { schema?: JsonSchema } } };
  security?: object[];
}

/** As far as the walk needs it: an OpenAPI 3.1 description. */
export interface WalkedDescription {
  paths: { [path: string]: { [method: string]: unknown } };
  components: { schemas: { [name: string]: object } };
}

/** The operations of a description, in its order. */
export function operationsOf(description: WalkedDescription): Operation[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods as { [method: string]: DescribedOperation }).map(([method, described]) => ({
      id: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: (described.parameters ?? []).map((parameter) => ({
        name: parameter.name ?? '',
        in: parameter.in ?? 'query',
        required: parameter.required ?? false,
        schema: parameter.schema ?? {},
      })),
      bodies: Object.fromEntries(
        Object.entries(described.requestBody?.content ?? {}).map(([type, { schema = {} }]) => [type, schema]),
      ),
      isBodyRequired: described.requestBody?.required ?? false,
      needsKey: described.security === undefined || described.security.length > 0,
    })),
  );
}
