import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { createHttpClient, createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { playDay } from './day.ts';

const key = 'a-key-for-the-demo-test';
let database: TestDatabase;
let running: Running;

beforeAll(async () => {
  database = await createTestDatabase();
  running = await runServices(services, {
    name: 'demo',
    environment: {
      DATABASE_URL: database.url,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      LOG_LEVEL: 'silent',
    },
  });
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

it('The day meets one clock, breaks another, delivers the breach signed, and leaves nothing that sends', async () => {
  let text = '';
  const day = await playDay({ url: running.url, key }, (line) => {
    text += line;
  });
  expect(day).toEqual({ met: true, breached: true, verified: true });
  expect(text).toContain('SlaBreached');
  expect(text).toContain('We promised a first response within 4 seconds');
  for (const path of ['/v1/subscriptions', '/v1/integrations']) {
    expect((await createHttpClient(running.url, key).get(path)).body.items).toEqual([]);
  }
  // The sentence and the ledger tell the same second of the same zone.
  const [, sentence] = /counted from (\d\d:\d\d:\d\d) on/.exec(text) ?? [];
  expect(sentence).toBeDefined();
  expect(text).toContain(`${sentence}.`);
});
