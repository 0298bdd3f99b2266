import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Running, runServices } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';
import { type FieldCase, type FieldServer, runFieldCase } from './testing/field-case.ts';

const { catalogs, cases } = JSON.parse(
  readFileSync(new URL('fixtures/cases.json', import.meta.url), 'utf8'),
) as { catalogs: Record<string, object>; cases: FieldCase[] };
const key = 'a-key-for-cases-of-the-field';

/** Cases that are not right yet. */
const wrong: readonly string[] = [
  'E03',
  'E04',
  'F07',
  'F09',
  'F11',
  'K01',
  'K02',
  'K05',
  'K07',
  'K11',
  'K12',
  'K13',
  'K14',
  'S13',
  'T05',
  'T06',
  'T07',
  'T08',
  'T13',
  'T17',
  'T20',
  'T23',
  'T27',
  'T29',
  'T31',
  'T32',
  'T33',
  'T34',
  'T36',
  'T40',
  'T42',
  'T45',
  'T46',
];

let database: TestDatabase;
let running: Running;
let files: Server;
let server: FieldServer;
beforeAll(async () => {
  const texts = new Map<string, string>();
  files = createServer((request, response) => {
    const text = texts.get(request.url?.slice(1) ?? '');
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/calendar' }).end(text);
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  database = await createTestDatabase();
  const environment = {
    DATABASE_URL: database.url,
    PORT: '0',
    BOOTSTRAP_API_KEY: key,
    LOG_LEVEL: 'silent',
    ALLOW_PRIVATE_WEBHOOKS: 'true',
  };
  running = await runServices(services, { name: 'field-cases', environment });
  const ics = { url: `http://127.0.0.1:${(files.address() as AddressInfo).port}`, files: texts };
  server = { url: running.url, key, ics };
  for (const [id, catalog] of Object.entries(catalogs)) {
    const { status, body } = await createHttpClient(running.url, key).put(`/v1/catalogs/${id}`, catalog);
    expect(status, JSON.stringify(body)).toBe(200);
  }
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
  files?.close();
});

describe('What people report of help desks', () => {
  for (const each of cases) {
    const test = wrong.includes(each.id) ? it.concurrent.fails : it.concurrent;
    test(`${each.id} (${each.source}): ${each.situation} → ${each.expected}`, async () => {
      await runFieldCase(each, server);
    });
  }
});
