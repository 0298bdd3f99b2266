import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { commandNames, commandSchemas } from '../index.ts';

describe.each(commandNames)('the body of %s', (name) => {
  const schema = commandSchemas[name];

  it('is described, with an example or a closed list for every field', () => {
    const described = z.toJSONSchema(schema, { io: 'input' });
    expect(described).toMatchObject({ description: expect.any(String), additionalProperties: false });
    for (const [field, shape] of Object.entries(described.properties ?? {})) {
      const { description, example } = shape as { description?: string; example?: unknown };
      expect(description, field).toBeTypeOf('string');
      if (!JSON.stringify(shape).includes('"enum"')) expect(example, field).toBeDefined();
    }
  });

  it('refuses a field that it does not know, and an instant that is none', () => {
    const fields = z.toJSONSchema(schema, { io: 'input' }).properties ?? {};
    const example = Object.fromEntries(
      Object.entries(fields).flatMap(([field, shape]) => {
        const value = (shape as { example?: unknown }).example;
        return value === undefined || field === 'contactId' ? [] : [[field, value]];
      }),
    );
    expect(schema.safeParse(example).success).toBe(true);
    expect(schema.safeParse({ ...example, surprise: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...example, occurredAt: '2026-02-30T09:00:00Z' }).success).toBe(false);
  });
});

describe('text', () => {
  it.each(['', 'a\0b', '\ud800', 'x'.repeat(65_537)])('is refused (%#)', (text) => {
    expect(commandSchemas.note.safeParse({ text }).success).toBe(false);
  });

  it('may be anything else', () => {
    expect(commandSchemas.note.safeParse({ text: '☎️\r\n\u202e' }).success).toBe(true);
  });
});

describe('a reply', () => {
  it('is the agent’s, through the portal, unless it says otherwise', () => {
    expect(commandSchemas.reply.parse({ text: 'Hello.' })).toEqual({
      from: 'agent',
      channel: 'portal',
      text: 'Hello.',
    });
  });

  it('names a contact only when the customer speaks', () => {
    expect(commandSchemas.reply.safeParse({ text: 'Hello.', contactId: 'reception' }).success).toBe(false);
    expect(
      commandSchemas.reply.safeParse({ from: 'customer', text: 'Hello.', contactId: 'reception' }).success,
    ).toBe(true);
  });
});
