import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret } from './authentication.ts';
import type { Directory } from './port.ts';
import { createDirectoryDatabase, type DirectoryDatabase } from './testing/directory-database.ts';

let database: DirectoryDatabase;
let directory: Directory;
let now = Date.parse('2026-03-02T09:00:00.000Z');
let headsRead = 0;

beforeAll(async () => {
  database = await createDirectoryDatabase();
  const { log } = database;
  const counted = {
    ...log,
    head: () => {
      headsRead += 1;
      return log.head();
    },
  };
  directory = await database.open({ log: counted, now: () => now });
});
afterAll(() => database.drop());

const create = (id: string, secret: string, expiresAt: string | null = null) =>
  database.record('api-key', id, 'ApiKeyCreated', {
    name: id,
    hash: hashSecret(secret),
    scopes: ['tickets:read'],
    customerId: null,
    expiresAt,
  });

describe('an API key', () => {
  it('is known as soon as it was made, also on another server', async () => {
    for (let count = 0; count < 5; count += 1) {
      await create(`fresh-${count}`, `secret-${count}`);
      expect((await directory.authenticate(`secret-${count}`))?.id).toBe(`fresh-${count}`);
    }
  });

  it('is not known when it is another', async () => {
    expect(await directory.authenticate('secret-')).toBeNull();
    expect(await directory.authenticate('')).toBeNull();
    expect(await directory.authenticate(hashSecret('secret-0'))).toBeNull();
  });

  it('is not known once it is revoked', async () => {
    await create('revoked', 'revoked-secret');
    expect(await directory.authenticate('revoked-secret')).not.toBeNull();
    const position = await database.record('api-key', 'revoked', 'ApiKeyRevoked', {});
    await directory.whenProcessed(position, 5_000);
    expect(await directory.authenticate('revoked-secret')).toBeNull();
  });

  it('is not known once it has expired', async () => {
    await create('short', 'short-secret', '2026-03-02T10:00:00.000Z');
    expect(await directory.authenticate('short-secret')).not.toBeNull();
    now = Date.parse('2026-03-02T10:00:00.000Z');
    expect(await directory.authenticate('short-secret')).toBeNull();
  });

  it('that is unknown costs little, however many come', async () => {
    headsRead = 0;
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => directory.authenticate(`garbage-${index}`)),
    );
    expect(new Set(answers)).toEqual(new Set([null]));
    expect(headsRead).toBeLessThanOrEqual(2 + (performance.now() - began) / 100);
  });
});
