import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = new URL('../check-ledger.ts', import.meta.url).pathname;
const key = 'a-key-for-the-ledger-test';

let database: TestDatabase;
let running: Running;
let client: HttpClient;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-ledger-'));
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices(services, { name: 'ledger', environment });
  client = createHttpClient(running.url, key);
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

function checkFiles(...documents: unknown[]): Promise<{ code: number; output: string }> {
  const files = documents.map((document, index) => {
    const file = join(folder, `${index}.json`);
    writeFileSync(file, JSON.stringify(document));
    return file;
  });
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...files], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

interface Page {
  items: { type: string }[];
}

async function allEvents(ticket: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await client.get(`/v1/tickets/${ticket}/events?limit=3${more}`);
    pages.push(body);
    cursor = body.next;
  }
  return pages;
}

describe('what the API exports', () => {
  it('passes the check of its ledgers, and fails it when an event is withheld', async () => {
    await client.put('/v1/customers/bakery', { name: 'Corner Bakery', country: 'GB' });
    await client.put('/v1/contracts/bakery', { customerId: 'bakery', plan: 'cat-levels/cat-2' });
    const { body: ticket } = await client.post('/v1/tickets', {
      ...{ customerId: 'bakery', subject: 'No outgoing calls', occurredAt: '2024-12-23T10:00:00Z' },
    });
    const steps: [command: string, occurredAt: string, body?: object][] = [
      ['hold', '2024-12-23T10:30:00Z', { reason: 'awaiting-customer' }],
      ['release', '2024-12-23T11:30:00Z', { reason: 'awaiting-customer' }],
      ['hold', '2024-12-23T11:45:00Z', { reason: 'manufacturer' }],
      ['determine-equipment-fault', '2024-12-23T12:00:00Z'],
      ['hold', '2024-12-23T14:00:00Z', { reason: 'awaiting-remote-access' }],
      ['resolve', '2024-12-23T15:00:00Z'],
      ['reopen', '2024-12-27T10:00:00Z'],
    ];
    for (const [command, occurredAt, body] of steps) {
      const answer = await client.post(`/v1/tickets/${ticket.id}/${command}`, { ...body, occurredAt });
      expect(answer.status, `${command} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    }
    const events = await allEvents(ticket.id);
    for (const [objective, name] of [
      ['response', 'cat-levels.extended'],
      ['replacement', 'cat-levels.working'],
    ]) {
      const clock = `/v1/tickets/${ticket.id}/clocks/${objective}`;
      const { body: explanation } = await client.get(`${clock}/explanation?at=2025-01-03T12:00:00Z`);
      const { body: calendar } = await client.get(`/v1/calendars/${name}?from=2024-12-01&to=2025-02-28`);
      expect(await checkFiles(explanation, events, calendar), objective).toEqual({
        code: 0,
        output: expect.stringMatching(/^No fault: \d+ stretches add up to PT/),
      });
      const withheld = events.flatMap(({ items }) => items.filter(({ type }) => type !== 'ClockHeld'));
      expect(await checkFiles(explanation, withheld, calendar), objective).toEqual({
        code: 1,
        output: expect.stringContaining('names a cause that is not there'),
      });
    }
  });

  it('is refused with the reason when it is something else', async () => {
    expect(await checkFiles({ clock: {} }, [])).toMatchObject({
      code: 2,
      output: expect.stringContaining('The explanation has no "asOf"'),
    });
    expect((await checkFiles({})).code).toBe(2);
  });
});
