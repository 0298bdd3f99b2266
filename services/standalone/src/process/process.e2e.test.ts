import { createServer } from 'node:http';
import { eventually } from '@ringback/test-kit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createServerProcesses,
  kill,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

let processes: ServerProcesses;
let server: ServerProcess;

beforeAll(async () => {
  processes = await createServerProcesses();
  server = await processes.start();
});
afterAll(() => processes.destroy());

const catalog = `
catalog: quick
name: Quick
timeZone: Europe/London
defaultPriority: normal
priorities: { normal: { name: Normal, rank: 1 } }
calendars:
  always:
    hours: { mon: &day [["00:00", "24:00"]], tue: *day, wed: *day, thu: *day, fri: *day, sat: *day, sun: *day }
plans:
  quick:
    name: Quick
    objectives: { normal: [{ metric: response, calendar: always, target: PT1S, max: PT2S }] }
`;

describe('a phone call that no one answers, through HTTP alone', () => {
  it('becomes a ticket, a warning, a breach, a signed webhook, and an answer to why', async () => {
    const { client } = server;
    const received: { body: string; headers: Record<string, string> }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push({ body, headers: request.headers as Record<string, string> });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as { port: number };
    try {
      expect(
        (await client.put('/v1/catalogs/quick', catalog, { 'content-type': 'application/yaml' })).status,
      ).toBe(200);
      const customer = { name: 'Bakery', contacts: [{ name: 'Till', phones: ['+49 30 23125741'] }] };
      expect((await client.put('/v1/customers/bakery', customer)).status).toBe(200);
      expect(
        (await client.put('/v1/contracts/bakery', { customerId: 'bakery', plan: 'quick/quick' })).status,
      ).toBe(200);
      const subscription = await client.post('/v1/subscriptions', {
        name: 'Portal',
        channel: 'webhook',
        url: `http://127.0.0.1:${port}/`,
      });
      expect(subscription.status).toBe(201);
      const integration = await client.post('/v1/integrations', {
        adapter: 'zammad-cti',
        name: 'PBX',
        defaultCountry: 'DE',
        timeZone: 'Europe/Berlin',
      });
      const call = { from: '493023125741', to: '492214710334', direction: 'in', callId: 'call-1' };
      const webhook = integration.body.webhookUrl;
      const ring = await client.as(null).post(webhook, { event: 'newCall', ...call, user: ['Emma'] });
      expect([ring.status, ring.body]).toEqual([200, {}]);
      await client.as(null).post(webhook, { event: 'hangup', ...call, cause: 'cancel' });

      const ticket = await eventually(async () => {
        const { body } = await client.get('/v1/tickets?customerId=bakery');
        expect(body.items).toHaveLength(1);
        return body.items[0];
      });
      expect(ticket).toMatchObject({
        state: 'open',
        plan: 'quick/quick',
        channel: 'phone',
        contract: { standing: 'active' },
      });

      await eventually(() => received.length >= 2);
      const verifier = new Webhook(subscription.body.secret);
      const events = received.map(({ body, headers }) => {
        verifier.verify(body, headers);
        return JSON.parse(body);
      });
      expect(events.map(({ type }) => type)).toEqual(['SlaTargetMissed', 'SlaBreached']);
      expect(events[1]).toMatchObject({
        subject: ticket.id,
        specversion: '1.0',
        data: { objective: 'response', occurrence: 1 },
      });

      const { body: clocks } = await client.get(`/v1/tickets/${ticket.reference}/clocks`);
      const [clock] = clocks.clocks;
      expect(clock).toMatchObject({ state: 'breached', startedAt: ticket.openedAt, breachedAt: clock.dueAt });
      expect(Date.parse(clock.dueAt) - Date.parse(clock.startedAt)).toBe(2_000);
      const { body: breaches } = await client.get('/v1/breaches');
      expect(breaches.items).toMatchObject([
        { ticketId: ticket.id, objective: 'response', retractedAt: null },
      ]);
      const { body: explained } = await client.get(`/v1/tickets/${ticket.id}/clocks/response/explanation`);
      expect(explained.sentence).toContain('The promise was broken');
      const { body: history } = await client.get(`/v1/tickets/${ticket.id}/events`);
      expect(history.items.map(({ version }: { version: number }) => version)).toEqual(
        history.items.map((_: unknown, index: number) => index + 1),
      );

      // A call-back that is reported late was in time: the breach is taken back, once, and told.
      const occurredAt = new Date(Date.parse(clock.startedAt) + 500).toISOString();
      expect((await client.post(`/v1/tickets/${ticket.id}/acknowledge`, { occurredAt })).status).toBe(200);
      await eventually(() => received.some(({ body }) => JSON.parse(body).type === 'SlaBreachRetracted'));
      const { body: standing } = await client.get('/v1/breaches?standing=true');
      expect(standing.items).toEqual([]);
    } finally {
      receiver.close();
    }
  });

  it('is followed live, and resumed without a gap', async () => {
    const read = async (lastEventId: number, count: number) => {
      const abort = new AbortController();
      const response = await fetch(`${server.url}/v1/feed`, {
        headers: { authorization: `Bearer ${processes.key}`, 'last-event-id': String(lastEventId) },
        signal: abort.signal,
      });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const ids: number[] = [];
      let text = '';
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        ids.splice(0, ids.length, ...[...text.matchAll(/^id: (\d+)\nevent: /gm)].map(([, id]) => Number(id)));
        if (ids.length >= count) break;
      }
      abort.abort();
      return ids.slice(0, count);
    };
    const all = await read(0, 4);
    expect(await read(all[1] as number, 2)).toEqual(all.slice(2));
  });
});

describe('the process', () => {
  it('describes itself', async () => {
    const { client } = server;
    const { body: openapi } = await client.as(null).get('/openapi.json');
    expect(openapi.openapi).toMatch(/^3\.1/);
    for (const path of [
      '/v1/tickets',
      '/v1/tickets/{ticket}/acknowledge',
      '/v1/simulations',
      '/v1/feed',
      '/v1/breaches',
    ]) {
      expect(openapi.paths).toHaveProperty([path]);
    }
    expect((await client.as(null).get('/docs')).status).toBe(200);
    const { body: metrics } = await client.as(null).get('/metrics');
    expect(metrics).toContain('ringback_http_request_seconds');
    expect(metrics).toMatch(/^ringback_event_loop_delay_seconds_count [1-9]/m);
  });

  it('names a taken port and what to do', async () => {
    const other = await processes.startAndFail({ DATA_DIR: `${processes.dataDirectory}-other` });
    expect(other).toMatchObject({ code: 1, output: expect.stringContaining('is taken') });
  });

  it('refuses a second start on the same data', async () => {
    const second = await processes.startAndFail({ PORT: '0' });
    expect(second).toMatchObject({ code: 1, output: expect.stringContaining('already') });
    expect((await server.client.get('/health/ready')).status).toBe(200);
  });

  it('names every fault of its configuration at once, and no value', async () => {
    const { code, output } = await processes.startAndFail({
      PORT: 'eighty',
      DATABASE_URL: 'mysql://secret@x',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    for (const name of ['PORT', 'DATABASE_URL', 'LOG_LEVEL']) expect(output).toContain(name);
    expect(output).not.toContain('secret');
  });

  it('ends cleanly at a signal, and keeps everything over a restart', async () => {
    const { body: before } = await server.client.get('/v1/tickets');
    expect(await kill(server.process, 'SIGINT')).toBe(0);
    server = await processes.start();
    const { body: after } = await server.client.get('/v1/tickets');
    expect(after).toEqual(before);
  });
});
