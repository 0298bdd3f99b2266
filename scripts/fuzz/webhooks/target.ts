import { Agent, request } from 'node:http';
import { createHttpClient, type HttpClient, type OwnServer } from '@ringback/test-kit';
import type { Delivery } from './delivery.ts';
import { honestCalls } from './honest-calls.ts';
import { key } from './start-server.ts';

/** A server under fuzz, with a customer and an integration for every adapter. */
export interface Target {
  server: OwnServer;
  client: HttpClient;
  /** Adapter → path of its webhook. */
  webhooks: Map<string, string>;
  /** Sends a delivery, and resolves with the status. Rejects when there is no answer. */
  send(path: string, delivery: Delivery): Promise<number>;
  close(): void;
}

export const honestCustomer = 'honest';
/** Where honest calls come from; repeated calls of one number belong to one ticket, so they are spread over many. */
export const honestNumbers = Array.from({ length: 200 }, (_, nth) => `442079${String(460_000 + nth)}`);
const phonesOfContact = 20;
const socketsAtOnce = 16;

export async function openTarget(server: OwnServer, adapters: readonly string[]): Promise<Target> {
  const client = createHttpClient(server.url, key);
  const agent = new Agent({ keepAlive: true, maxSockets: socketsAtOnce });
  const webhooks = new Map<string, string>();
  const contacts = Array.from({ length: honestNumbers.length / phonesOfContact }, (_, nth) => ({
    name: `Desk ${nth}`,
    phones: honestNumbers
      .slice(nth * phonesOfContact, (nth + 1) * phonesOfContact)
      .map((number) => `+${number}`),
  }));
  await expectDone(client.put(`/v1/customers/${honestCustomer}`, { name: 'Honest', contacts }));
  for (const adapter of adapters) {
    if (!Object.hasOwn(honestCalls, adapter))
      throw new Error(
        `adapter ${adapter} has no honest call in scripts/fuzz/webhooks/honest-calls.ts: add one`,
      );
    const integration = {
      adapter,
      name: adapter,
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      catalog: 'cat-levels',
    };
    const { webhookUrl } = (await expectDone(client.post('/v1/integrations', integration))).body;
    webhooks.set(adapter, new URL(webhookUrl).pathname);
  }
  return {
    server,
    client,
    webhooks,
    send: (path, delivery) => send(new URL(server.url), agent, path, delivery),
    close: () => agent.destroy(),
  };
}

function send({ hostname, port }: URL, agent: Agent, path: string, delivery: Delivery): Promise<number> {
  const { method, contentType, query, body } = delivery;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        method,
        path: query === '' ? path : `${path}?${query}`,
        headers: {
          ...(contentType === null ? {} : { 'content-type': contentType }),
          ...(method === 'GET' ? {} : { 'content-length': body.length }),
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

async function expectDone<T extends { status: number; body: unknown }>(answer: Promise<T>): Promise<T> {
  const done = await answer;
  if (done.status >= 300) throw new Error(`the server answered ${done.status}: ${JSON.stringify(done.body)}`);
  return done;
}
