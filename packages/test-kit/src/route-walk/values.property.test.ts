import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonSchema } from './values/json-schema.ts';
import { plain, validValues, varied } from './values/valid-values.ts';
import { violationsOf } from './violations.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6 });
const context = { resolve: (schema: JsonSchema) => schema, known: {} };
const instant = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})$';

/** Every keyword that Ringback's descriptions use. */
const schema: JsonSchema = {
  type: 'object',
  properties: {
    subject: { type: 'string', minLength: 1, maxLength: 20 },
    at: { type: 'string', format: 'date-time', pattern: instant },
    id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,9}$' },
    kind: { type: 'string', enum: ['remote', 'on-site'] },
    minutes: { type: 'number', exclusiveMinimum: 0, maximum: 100, multipleOf: 0.01 },
    limit: { type: 'integer', minimum: 1, maximum: 200 },
    enabled: { type: 'boolean' },
    email: { anyOf: [{ type: 'string', maxLength: 30, pattern: '^[a-z]+@[a-z.]+$' }, { type: 'null' }] },
    names: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', minLength: 1 } },
    hours: {
      type: 'object',
      propertyNames: { type: 'string', enum: ['mon', 'tue'] },
      additionalProperties: {
        type: 'array',
        items: {
          type: 'array',
          prefixItems: [
            { type: 'string', pattern: '^[01]\\d:00$' },
            { type: 'string', pattern: '^[01]\\d:00$' },
          ],
          items: false,
          minItems: 2,
          maxItems: 2,
        },
      },
    },
    nested: {
      type: 'object',
      properties: { text: { type: 'string', maxLength: 5 } },
      required: ['text'],
      additionalProperties: false,
    },
  },
  required: ['subject', 'minutes', 'hours', 'nested'],
  additionalProperties: false,
};
const isValid = ajv.compile(schema);

it('draws values that the schema allows, plain ones with nothing that may be left out', () => {
  fc.assert(
    fc.property(validValues(schema, context, varied), (value) => {
      expect([value, isValid(value), isValid.errors]).toEqual([value, true, null]);
    }),
  );
  fc.assert(
    fc.property(validValues(schema, context, plain), (value) => {
      expect(isValid(value)).toBe(true);
      expect(Object.keys(value as object).sort()).toEqual(['hours', 'minutes', 'nested', 'subject']);
    }),
  );
});

it('draws what exists under the name of a property, where the schema allows it', () => {
  const known = { id: ['corner-bakery', 'bakery'], limit: [0, 7] };
  const drawn = fc.sample(validValues(schema, { ...context, known }, { optional: 100, likely: 100 }), 50);
  for (const value of drawn as { id: string; limit: number }[]) {
    expect(value.id).toBe('bakery');
    expect(value.limit).toBe(7);
  }
});

it('breaks each keyword at each place, and nothing that the schema allows counts as broken', () => {
  const violations = violationsOf(schema, context, plain);
  for (const { path, keyword, values } of violations) {
    for (const value of fc.sample(values, 20))
      expect([path, keyword, value, isValid(JSON.parse(JSON.stringify(value)))]).toEqual([
        path,
        keyword,
        value,
        false,
      ]);
  }
  const broken = new Set(violations.map(({ path, keyword }) => `${keyword} ${path.join('/')}`));
  for (const expected of [
    ...[
      'type ',
      'required subject',
      'additionalProperties unheardOf',
      'additionalProperties nested/unheardOf',
    ],
    ...['minLength subject', 'maxLength subject', 'pattern at', 'pattern id', 'enum kind', 'type enabled'],
    ...[
      'exclusiveMinimum minutes',
      'maximum minutes',
      'multipleOf minutes',
      'minimum limit',
      'pattern email',
    ],
    ...[
      'minItems names',
      'maxItems names',
      'minLength names/0',
      'propertyNames hours/unheardOf',
      'type hours',
    ],
    ...['required nested/text', 'maxLength nested/text'],
  ])
    expect(broken).toContain(expected);
});
