import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import { busyCatalog, heavyRequests } from './heavy-requests.ts';
import type { HostileRequest } from './hostile-request.ts';
import { malformedRequests } from './malformed-requests.ts';

/** A server with what the hostile requests need, and every one of them. */
export interface HostileTarget {
  requests: HostileRequest[];
  client: HttpClient;
  /**
   * Opens a ticket, and calls as a phone system does; resolves with the caller's number. Rejects unless both are
   * accepted.
   */
  workHonestly(nth: number): Promise<string>;
}

/** Prepares a server, of which `key` is an administrator's: a contract with a ticket, a busy calendar, a phone system. */
export async function prepareHostileTarget(url: string, key: string): Promise<HostileTarget> {
  const client = createHttpClient(url, key);
  const done = async (answer: Promise<{ status: number; body: { [field: string]: unknown } }>) => {
    const { status, body } = await answer;
    if (status >= 300) throw new Error(`preparing was answered with ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  await done(client.put('/v1/customers/bench', { name: 'Bench' }));
  await done(client.put('/v1/contracts/bench', { customerId: 'bench', plan: 'cat-levels/cat-1' }));
  const levels = await done(client.get('/v1/catalogs/cat-levels'));
  const busy = JSON.parse(busyCatalog(levels.content as { calendars: object }));
  await done(client.put('/v1/catalogs/busy', busy));
  const ticket = { customerId: 'bench', subject: 'No dial tone' };
  const { id } = await done(client.post('/v1/tickets', ticket));
  const integration = {
    adapter: 'zammad-cti',
    name: 'PBX',
    defaultCountry: 'GB',
    timeZone: 'Europe/London',
    catalog: 'cat-levels',
  };
  const webhook = new URL(String((await done(client.post('/v1/integrations', integration))).webhookUrl))
    .pathname;
  return {
    requests: [...malformedRequests(webhook), ...heavyRequests(String(id))],
    client,
    async workHonestly(nth) {
      await done(client.post('/v1/tickets', ticket));
      const number = `4420794${60_000 + nth}`;
      const call = {
        event: 'newCall',
        callId: `honest-${nth}`,
        direction: 'in',
        from: number,
        to: '442079461111',
      };
      await done(client.as(null).post(webhook, call));
      return `+${number}`;
    },
  };
}

/** Sends the `nth` of a hostile request; resolves with the status once the whole answer is there. */
export async function sendHostileRequest(
  { method, path, body, contentType = 'application/json', isAuthenticated = true }: HostileRequest,
  nth: number,
  { url, key }: { url: string; key: string },
): Promise<number> {
  const text = typeof body === 'function' ? body(nth) : body;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(isAuthenticated ? { authorization: `Bearer ${key}` } : {}),
      ...(text === undefined ? {} : { 'content-type': contentType }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
  await response.arrayBuffer();
  return response.status;
}
