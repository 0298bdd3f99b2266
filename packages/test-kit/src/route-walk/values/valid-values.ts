import fc from 'fast-check';
import { alternativesOf, type JsonSchema, type Resolve } from './json-schema.ts';

/** Values that exist on the server under test, by the name of the property or parameter that holds them; `body`: whole bodies. */
export type KnownValues = { readonly [name: string]: readonly unknown[] };

/** In so many of a hundred cases. */
export interface Chances {
  /** What may be left out is there. */
  optional: number;
  /** A value is one that is likely to exist, where such are known. */
  likely: number;
}

export const plain: Chances = { optional: 0, likely: 100 };
export const varied: Chances = { optional: 35, likely: 75 };

export interface ValueContext {
  resolve: Resolve;
  known: KnownValues;
}

const longestArray = 4;
const longestText = 60;
const now = Date.parse('2026-06-01T00:00:00.000Z');
const year = 366 * 86_400_000;

const instants = fc.oneof(
  fc.integer({ min: now - 2 * year, max: now + 2 * year }).map((at) => new Date(at).toISOString()),
  fc.constantFrom(
    ...[
      '0001-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00Z',
      '2024-02-29T12:00:00Z',
    ],
    ...[
      '9999-12-31T23:59:59.999Z',
      '2199-12-31T23:59:59Z',
      '2026-03-29T01:30:00+01:00',
      '2026-01-01T00:00:00.123456Z',
    ],
  ),
);
const dates = fc.oneof(
  fc.integer({ min: now - year, max: now + year }).map((at) => new Date(at).toISOString().slice(0, 10)),
  fc.constantFrom('0001-01-01', '1970-01-01', '2024-02-29', '9999-12-31'),
);
const formats: { [format: string]: fc.Arbitrary<string> } = {
  'date-time': instants,
  date: dates,
  uuid: fc.uuid(),
  email: fc.constantFrom('reception@bakery.example', "o'neil+tag@sub.provider.example"),
  // Nothing listens there, so that whatever is sent fails at once.
  uri: fc.nat(1_000).map((nth) => `http://127.0.0.1:9/hooks/${nth}`),
};

/**
 * Values that a schema allows. A property or parameter called `name` often takes a value that exists under that name, or
 * its example, so that requests reach what lies behind validation.
 */
export function validValues(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
  name = '',
): fc.Arbitrary<unknown> {
  const likely = likelyValues(schema, context, name);
  if (likely.length === 0) return anyValues(schema, context, chances, name);
  if (chances.likely === 100) return fc.constantFrom(...likely);
  return fc.oneof(
    { weight: chances.likely, arbitrary: fc.constantFrom(...likely) },
    { weight: 100 - chances.likely, arbitrary: anyValues(schema, context, chances, name) },
  );
}

/** What exists under that name and is allowed, else the schema's examples. */
function likelyValues(schema: JsonSchema, { resolve, known }: ValueContext, name: string): unknown[] {
  const { example, examples = [] } = resolve(schema);
  const branches = alternativesOf(schema, resolve);
  const listed = (Object.hasOwn(known, name) ? (known[name] ?? []) : []).filter((value) =>
    branches.some((branch) => allowsKnown(branch, value)),
  );
  return listed.length > 0 ? listed : [...(example === undefined ? [] : [example]), ...examples];
}

/** Whether what exists under a name is meant by this schema: the same name may stand for a list or another kind of id. */
function allowsKnown(
  { type, enum: options, pattern, minimum = -Infinity }: JsonSchema,
  value: unknown,
): boolean {
  if (options !== undefined) return options.includes(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(Number(value)) && Number(value) >= minimum;
  return (
    (type === undefined || type === typeof value) &&
    (pattern === undefined || new RegExp(pattern).test(String(value)))
  );
}

function anyValues(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
  name: string,
): fc.Arbitrary<unknown> {
  const branches = alternativesOf(schema, context.resolve);
  if (branches.length > 1)
    return fc.oneof(...branches.map((branch) => validValues(branch, context, chances, name)));
  const only = branches[0] ?? {};
  if (only.const !== undefined) return fc.constant(only.const);
  if (only.enum !== undefined) return fc.constantFrom(...only.enum);
  switch (only.type) {
    case 'string':
      return texts(only);
    case 'integer':
      return fc.integer({ min: only.minimum ?? -1_000, max: only.maximum ?? 1_000 });
    case 'number':
      return numbers(only);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return arrays(only, context, chances, name);
    case 'object':
      return objects(only, context, chances);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function texts({ format, pattern, minLength = 0, maxLength }: JsonSchema): fc.Arbitrary<string> {
  const ofFormat = format === undefined ? undefined : formats[format];
  if (ofFormat !== undefined) return ofFormat;
  const size = { minLength, maxLength: Math.max(minLength, Math.min(maxLength ?? longestText, longestText)) };
  const fits = (text: string) => text.length >= minLength && text.length <= (maxLength ?? text.length);
  if (pattern !== undefined) return matching(new RegExp(pattern)).filter(fits);
  return fc.oneof(fc.string(size), fc.string({ ...size, unit: 'grapheme' })).filter(fits);
}

/** fast-check draws from every pattern but those that look ahead; these are the durations'. */
function matching(pattern: RegExp): fc.Arbitrary<string> {
  if (!/\(\?[=!]/.test(pattern.source)) return fc.stringMatching(pattern);
  const fitting = ['PT1H', 'PT30M', 'P2D', 'P1BD', 'PT15S'].filter((text) => pattern.test(text));
  if (fitting.length === 0) throw new Error(`cannot draw text that matches ${pattern.source}`);
  return fc.constantFrom(...fitting);
}

function numbers(schema: JsonSchema): fc.Arbitrary<number> {
  const step = schema.multipleOf ?? 0.5;
  const lowest =
    schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1_000 : schema.exclusiveMinimum + step);
  const highest = schema.maximum ?? 1_000;
  const count = Math.floor((highest - lowest) / step);
  return fc.nat(count).map((steps) => Number((lowest + steps * step).toFixed(6)));
}

function arrays(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
  name: string,
): fc.Arbitrary<unknown[]> {
  const { prefixItems, items, minItems = 0, maxItems = longestArray } = schema;
  if (prefixItems !== undefined)
    return fc.tuple(...prefixItems.map((item) => validValues(item, context, chances)));
  const item =
    typeof items === 'object' ? validValues(items, context, chances, name) : fc.jsonValue({ maxDepth: 1 });
  return fc.array(item, {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, longestArray)),
  });
}

function objects(
  schema: JsonSchema,
  context: ValueContext,
  chances: Chances,
): fc.Arbitrary<{ [name: string]: unknown }> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const included = Object.entries(properties).filter(
    ([name]) => chances.optional > 0 || required.includes(name),
  );
  const named = fc.tuple(
    ...included.map(([name, property]) => {
      const values = validValues(property, context, chances, name).map((value) => [[name, value]] as const);
      if (required.includes(name)) return values;
      return fc.oneof(
        { weight: chances.optional, arbitrary: values },
        { weight: 100 - chances.optional, arbitrary: fc.constant([] as const) },
      );
    }),
  );
  const own = named.map((entries) => Object.fromEntries(entries.flat()));
  if (typeof additionalProperties !== 'object') return own;
  const names = validValues(propertyNames ?? { type: 'string', maxLength: 20 }, context, chances).map(String);
  const more = fc.dictionary(names, validValues(additionalProperties, context, chances), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  return fc.tuple(own, more).map(([these, other]) => ({ ...other, ...these }));
}
