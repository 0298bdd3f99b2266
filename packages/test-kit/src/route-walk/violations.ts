import fc from 'fast-check';
import { alternativesOf, type JsonSchema } from './values/json-schema.ts';
import { type Chances, type ValueContext, validValues } from './values/valid-values.ts';

/** A way to break one keyword of a schema at one place, leaving the rest valid. */
export interface Violation {
  /** From the schema's root to the place at fault, as a JSON Pointer's segments. */
  path: string[];
  keyword: string;
  values: fc.Arbitrary<unknown>;
}

const byType: { [type: string]: unknown } = {
  null: null,
  boolean: true,
  number: 7.5,
  string: 'text',
  array: [],
  object: {},
};
const longestFilled = 5_000;

/** Every violation of a schema. A text that stands for a number (a query parameter) is judged by `textual`. */
export function violationsOf(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
  textual = false,
): Violation[] {
  const branches = alternativesOf(schema, context.resolve);
  const types = new Set(branches.map(({ type }) => (type === 'integer' ? 'number' : type)));
  const own = branches.flatMap((branch) => keywordsOf(branch, context, chances, textual));
  // What one alternative forbids another may allow: only what is not an alternative's type is surely wrong.
  const isSure = branches.filter(({ type }) => type !== 'null').length === 1;
  const wrongTypes = Object.entries(byType).filter(([type]) => !types.has(type) && !types.has(undefined));
  return [
    ...(textual || wrongTypes.length === 0
      ? []
      : [violation([], 'type', fc.constantFrom(...wrongTypes.map(([, value]) => value)))]),
    ...(isSure ? own : []),
  ];
}

const violation = (path: string[], keyword: string, values: fc.Arbitrary<unknown>): Violation => ({
  path,
  keyword,
  values,
});

function keywordsOf(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
  textual: boolean,
): Violation[] {
  if (schema.const !== undefined || schema.enum !== undefined)
    return [violation([], 'enum', fc.constantFrom('nonsense', 'Nonsense ', 'ok'))];
  switch (schema.type) {
    case 'string':
      return ofText(schema);
    case 'integer':
    case 'number':
      return ofNumber(schema, textual);
    case 'array':
      return ofArray(schema, context, chances);
    case 'object':
      return ofObject(schema, context, chances);
    default:
      return [];
  }
}

function ofText({ minLength = 0, maxLength, pattern, format }: JsonSchema): Violation[] {
  const found: Violation[] = [];
  if (minLength === 1) found.push(violation([], 'minLength', fc.constant('')));
  if (maxLength !== undefined)
    found.push(
      violation(
        [],
        'maxLength',
        fc.constantFrom(1, 50).map((more) => 'x'.repeat(maxLength + more)),
      ),
    );
  if (pattern !== undefined) {
    const matches = new RegExp(pattern);
    const near = fc.constantFrom(
      '-',
      'ü',
      ' ',
      '2026-13-01',
      '2026-02-30T00:00:00Z',
      '24:01',
      'a b',
      'x/y/z',
      '\n',
    );
    found.push(
      violation(
        [],
        'pattern',
        fc.oneof(near, fc.string()).filter((text) => !matches.test(text)),
      ),
    );
  } else if (format === 'uri') {
    found.push(
      violation([], 'format', fc.constantFrom('not an address', 'http://', '//x', 'portal.example')),
    );
  }
  return found;
}

function ofNumber(schema: JsonSchema, textual: boolean): Violation[] {
  const { minimum, maximum, exclusiveMinimum, multipleOf } = schema;
  const found: Violation[] = [];
  const add = (keyword: string, ...values: unknown[]) =>
    found.push(violation([], keyword, fc.constantFrom(...values)));
  if (textual) add('type', 'ten', '1.5.2', '', 'NaN', 'Infinity', '1,000', 'null', '[1]');
  if (schema.type === 'integer') add('type', (minimum ?? 0) + 0.5);
  if (minimum !== undefined) add('minimum', minimum - 1, -1e15);
  if (exclusiveMinimum !== undefined) add('exclusiveMinimum', exclusiveMinimum, exclusiveMinimum - 1);
  if (maximum !== undefined) add('maximum', maximum + 1, maximum * 10);
  if (multipleOf !== undefined) add('multipleOf', (minimum ?? exclusiveMinimum ?? 0) + multipleOf * 1.5);
  return found;
}

function ofArray(schema: JsonSchema, context: ValueContext, chances: Chances): Violation[] {
  const { prefixItems, items, minItems = 0, maxItems } = schema;
  if (prefixItems !== undefined) {
    const valid = validValues(schema, context, chances);
    return [
      violation(
        [],
        'minItems',
        valid.map((values) => (values as unknown[]).slice(0, -1)),
      ),
      ...prefixItems.flatMap((item, index) =>
        within(String(index), violationsOf(item, context, chances), valid, (values, bad) =>
          (values as unknown[]).with(index, bad),
        ),
      ),
    ];
  }
  const found: Violation[] = [];
  if (minItems > 0) found.push(violation([], 'minItems', fc.constant([])));
  if (typeof items !== 'object') return found;
  const item = validValues(items, context, chances);
  if (maxItems !== undefined && maxItems < longestFilled)
    found.push(
      violation(
        [],
        'maxItems',
        item.map((value) => Array.from({ length: maxItems + 1 }, () => value)),
      ),
    );
  const first = fc.array(item, { minLength: 1, maxLength: 3 });
  return [
    ...found,
    ...within('0', violationsOf(items, context, chances), first, (values, bad) =>
      (values as unknown[]).with(0, bad),
    ),
  ];
}

function ofObject(schema: JsonSchema, context: ValueContext, chances: Chances): Violation[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const valid = validValues(schema, context, chances) as fc.Arbitrary<{ [name: string]: unknown }>;
  const set = (name: string) => (value: unknown, bad: unknown) => ({ ...(value as object), [name]: bad });
  return [
    ...required.map((name) =>
      violation(
        [name],
        'required',
        valid.map(({ [name]: _, ...rest }) => rest),
      ),
    ),
    ...(additionalProperties === false
      ? [
          violation(
            ['unheardOf'],
            'additionalProperties',
            valid.map((value) => ({ ...value, unheardOf: 1 })),
          ),
        ]
      : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      within(name, violationsOf(property, context, chances), valid, set(name)),
    ),
    ...(typeof additionalProperties === 'object' && schema.propertyNames?.enum !== undefined
      ? [
          violation(
            ['unheardOf'],
            'propertyNames',
            valid.map((value) => ({ ...value, unheardOf: [] })),
          ),
        ]
      : []),
  ];
}

/** The violations of a part, each in an otherwise valid whole. */
function within(
  segment: string,
  parts: Violation[],
  valid: fc.Arbitrary<unknown>,
  put: (whole: unknown, bad: unknown) => unknown,
): Violation[] {
  return parts.map(({ path, keyword, values }) =>
    violation(
      [segment, ...path],
      keyword,
      fc.tuple(valid, values).map(([whole, bad]) => put(whole, bad)),
    ),
  );
}
