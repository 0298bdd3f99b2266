import { runServices } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, eventually, type TestDatabase } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { administration } from '../index.ts';

const first = 'the-first-value-of-the-key';
const second = 'the-second-value-of-the-key';
const third = 'the-third-value-of-the-key';
let database: TestDatabase;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await database.drop();
});

async function start(key: string) {
  const environment = {
    DATABASE_URL: database.url,
    PORT: '0',
    BOOTSTRAP_API_KEY: key,
    LOG_LEVEL: 'silent',
  };
  const running = await runServices([administration], { name: 'administration', environment });
  stops.push(running.stop);
  return {
    stop: async () => {
      stops.splice(stops.indexOf(running.stop), 1);
      await running.stop();
    },
    statusOf: async (each: string) => (await createHttpClient(running.url, each).get('/v1/api-keys')).status,
    names: async (each: string) =>
      (await createHttpClient(running.url, each).get('/v1/api-keys')).body.items.map(
        ({ name }: { name: string }) => name,
      ),
  };
}

describe('a BOOTSTRAP_API_KEY that changes', () => {
  it('takes the place of the former value, whose key is revoked', async () => {
    await (await start(first)).stop();
    const server = await start(second);
    expect([await server.statusOf(first), await server.statusOf(second)]).toEqual([401, 200]);
    expect(await server.names(second)).toEqual(['Bootstrap']);
  });

  it('leaves keys alone that were made in another way', async () => {
    const before = await start(first);
    await before.stop();
    const server = await start(first);
    expect(await server.names(first)).toEqual(['Bootstrap']);
  });

  it('does not let a former value come back, so that instances of both do not take turns', async () => {
    await (await start(first)).stop();
    await (await start(second)).stop();
    await (await start(first)).stop();
    const server = await start(second);
    expect([await server.statusOf(first), await server.statusOf(second)]).toEqual([401, 200]);
  });

  it('leaves one key when instances with several new values start at once', async () => {
    await (await start(first)).stop();
    const [server] = await Promise.all([start(second), start(third)]);
    // One instance hears of what the other has revoked within half a second.
    await eventually(async () => {
      const statuses = await Promise.all([first, second, third].map((key) => server.statusOf(key)));
      expect(statuses[0]).toBe(401);
      expect(statuses.slice(1).toSorted()).toEqual([200, 401]);
    });
  });
});
