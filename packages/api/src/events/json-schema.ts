/** A JSON Schema of draft 07, which AsyncAPI takes as it is. */
export type JsonSchema = { [keyword: string]: unknown };

export interface Reference {
  $ref: string;
}

export const schemaReference = (name: string): Reference => ({ $ref: `#/components/schemas/${name}` });
