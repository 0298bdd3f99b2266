import { createConfig, lintFromString } from '@redocly/openapi-core';
import { type Running, runServices } from '@ringback/service-kit';
import {
  type Answer,
  createAnswerCheck,
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';

const key = 'a-key-for-the-routes-test';
let database: TestDatabase;
let running: Running;
let client: HttpClient;
// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI description, which the test itself validates.
let description: any;
beforeAll(async () => {
  database = await createTestDatabase();
  running = await runServices(services, {
    name: 'described-routes',
    environment: {
      DATABASE_URL: database.url,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      LOG_LEVEL: 'silent',
    },
  });
  client = createHttpClient(running.url, key);
  description = (await client.as(null).get('/openapi.json')).body;
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

const operations = (): {
  id: string;
  operation: { operationId: string; responses: { [status: string]: object } };
}[] =>
  Object.entries<Record<string, never>>(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ id: `${method} ${path}`, operation })),
  );

describe('/openapi.json', () => {
  it('is OpenAPI 3.1, and every reference in it leads somewhere', async () => {
    const outcome = await new Validator().validate(structuredClone(description));
    expect(outcome.errors ?? []).toEqual([]);
    expect(outcome.valid).toBe(true);
    const references = new Set(JSON.stringify(description).match(/(?<="\$ref":")[^"]+/g));
    expect(references).toContain('#/components/schemas/Problem');
    for (const reference of references) {
      const [, kind = '', name = ''] = reference.match(/^#\/components\/(schemas|headers)\/([\w-]+)$/) ?? [];
      expect(Object.keys(description.components[kind] ?? {}), reference).toContain(name);
    }
  });

  it('has nothing that the linter of Redocly warns of', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const source = JSON.stringify(description);
    const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
    expect(
      problems.map(({ ruleId, message, location: [place] }) => `${ruleId}: ${message} ${place?.pointer}`),
    ).toEqual([]);
  });

  it('has one schema for each thing, under the name that clients use for it', () => {
    const names = Object.keys(description.components.schemas);
    expect(names).toEqual(
      expect.arrayContaining([
        'Ticket',
        'Customer',
        'Contract',
        'Event',
        'Clock',
        'Problem',
        'OpenTicketRequest',
      ]),
    );
    expect(names.filter((name) => name.endsWith('Input'))).toEqual([]);
    const bodies = operations().flatMap(({ operation }) => Object.values(operation.responses));
    const inline = bodies.filter((each) => JSON.stringify(each).includes('"candidateCustomerIds"'));
    expect(inline).toEqual([]);
  });

  it('has a name for each operation, and one only', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(names).toEqual(
      expect.arrayContaining(['openTicket', 'replyToTicket', 'listTickets', 'setTicketPriority']),
    );
    for (const name of names) expect(name).toMatch(/^[a-z]+(?:[A-Z][a-z]+)*$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says what each route answers, and that problems are RFC 9457’s', () => {
    for (const { id, operation } of operations()) {
      const answers = Object.entries(operation.responses);
      expect([id, answers.some(([status]) => status.startsWith('2'))]).toEqual([id, true]);
      for (const [status, answer] of answers.filter(([each]) => /^[45]/.test(each))) {
        const types = Object.keys((answer as { content: object }).content);
        expect([id, status, types]).toEqual([id, status, ['application/problem+json']]);
      }
    }
  });
});

describe('an answer', () => {
  let check: ReturnType<typeof createAnswerCheck>;
  const asked = new Set<string>();
  const ask = async (
    method: 'get' | 'post' | 'put' | 'delete',
    path: string,
    ...rest: [unknown?, object?]
  ) => {
    const answer: Answer = await client[method](path, ...(rest as [never]));
    expect([method, path, answer.status, check(method, path, answer)]).toEqual([
      method,
      path,
      answer.status,
      [],
    ]);
    asked.add(method);
    return answer;
  };
  const good = async (...request: Parameters<typeof ask>) => {
    const answer = await ask(...request);
    expect([request, answer.status < 300, answer.body]).toEqual([request, true, answer.body]);
    return answer.body;
  };

  it('is as it is described, good or bad', async () => {
    check = createAnswerCheck(description);
    await good('put', '/v1/customers/bakery', {
      name: 'Bakery',
      country: 'GB',
      contacts: [{ name: 'Till', phones: ['020 7946 0000'] }],
    });
    await good('put', '/v1/contracts/bakery', { customerId: 'bakery', plan: 'set-rate-contract/set-rate' });
    const subject = 'No dial tone';
    const { id } = await good('post', '/v1/tickets', {
      customerId: 'bakery',
      subject,
      priority: 'important',
    });
    const other = await good('post', '/v1/tickets', { customerId: 'bakery', subject, priority: 'urgent' });
    for (const [command, body] of [
      ['assign', { assignee: 'kim' }],
      ['hold', { reason: 'awaiting-customer' }],
      ['release', { reason: 'awaiting-customer' }],
      ['reply', { from: 'agent', channel: 'email', text: 'We are on it.' }],
      ['note', { text: 'The trunk is down.' }],
      ['log-work', { minutes: 30, kind: 'remote' }],
      ['set-priority', { priority: 'low' }],
      ['resolve', {}],
      ['reopen', {}],
      ['resolve', {}],
      ['close', {}],
    ] as const)
      await good('post', `/v1/tickets/${id}/${command}`, body);
    await ask('post', `/v1/tickets/${id}/hold`, { reason: 'awaiting-customer' });
    await ask('post', `/v1/tickets/${id}/hold`, { reason: 'weather' });
    await good('post', '/v1/subscriptions', {
      name: 'Portal',
      channel: 'webhook',
      url: 'http://127.0.0.1:9/',
    });
    await good('post', '/v1/integrations', {
      adapter: 'zammad-cti',
      name: 'Main PBX',
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      catalog: 'cat-levels',
    });
    await good('post', '/v1/api-keys', { name: 'Portal', scopes: ['tickets:read'], customerId: 'bakery' });
    await good('post', '/v1/rehearsals', {
      customerId: 'bakery',
      from: '2026-01-01T00:00:00Z',
      to: '2100-01-01T00:00:00Z',
      draft: { catalog: { catalog: 'set-rate-contract' }, plan: 'set-rate' },
    });
    await good('post', '/v1/simulations', {
      catalog: 'cat-levels',
      plan: 'cat-2',
      priority: 'normal',
      events: [{ type: 'TicketOpened', at: '2026-12-24T15:30:00Z' }],
      asOf: '2026-12-28T09:00:00Z',
    });
    await eventually(async () => {
      const { items } = await good('get', '/v1/tickets');
      expect(items).toHaveLength(2);
    });
    const parameters: { [name: string]: string } = { ticket: other.id, objective: 'response', id: 'bakery' };
    for (const { id: route } of operations()) {
      const [method = '', path = ''] = route.split(' ');
      if (method !== 'get' || path === '/v1/feed') continue;
      // Whatever a parameter is called: where it leads nowhere, the answer is a problem, as described too.
      await ask(
        'get',
        path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? 'nonsense'),
      );
      const misspelt = await ask('get', `${path.replaceAll(/\{\w+\}/g, 'nonsense')}?colour=red`);
      if (path !== '/v1/webhooks/{adapter}/{integration}')
        expect([route, misspelt.status]).toEqual([route, 422]);
    }
  });
});
