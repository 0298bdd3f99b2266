import { describe, expect, it } from 'vitest';
import { tidyDescription } from './tidy-description.ts';

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'object', properties: { text: { type: 'string' } } };
const more = { type: 'object', properties: { text: { type: 'string', default: '' } } };

const described = (schemas: object, ...used: string[]) => ({
  paths: { '/v1/things': { get: { responses: { 200: { schema: used.map(reference) } } } } },
  components: { schemas },
});

describe('A schema of the description', () => {
  it('that is only written, or is read as it is written, has one name without a suffix.', () => {
    const tidied = tidyDescription(
      described({ RequestInput: text, Thing: more, ThingInput: more }, 'RequestInput', 'Thing', 'ThingInput'),
    );
    expect(tidied).toEqual(described({ Request: text, Thing: more }, 'Request', 'Thing', 'Thing'));
  });

  it('that is read otherwise than it is written keeps both names.', () => {
    const both = described({ Thing: text, ThingInput: more }, 'Thing', 'ThingInput');
    expect(tidyDescription(both)).toEqual(both);
  });

  it('that nothing refers to is left out, and what only it refers to.', () => {
    const schemas = { Used: text, Unused: { items: reference('Deeper') }, Deeper: text };
    expect(tidyDescription(described(schemas, 'Used'))).toEqual(described({ Used: text }, 'Used'));
  });

  it('has no bounds of whole numbers that say nothing, and keeps those that do.', () => {
    const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
    const tidied = tidyDescription(described({ Count: count }, 'Count'));
    expect(tidied).toEqual(described({ Count: { type: 'integer', minimum: 0 } }, 'Count'));
  });
});

it('An optional parameter has its example in its description, so that nothing sends it unasked.', () => {
  const parameter = (required: boolean) => ({
    in: 'query',
    name: 'at',
    required,
    description: 'An instant',
    schema: { type: 'string', example: '2026-03-02' },
  });
  const document = (...parameters: object[]) => ({ paths: { '/v1/things': { get: { parameters } } } });
  const told = {
    ...{ in: 'query', name: 'at', required: false, schema: { type: 'string' } },
    description: 'An instant. For example `2026-03-02`.',
  };
  expect(tidyDescription(document(parameter(true), parameter(false)))).toEqual(
    document(parameter(true), told),
  );
});
