import { createServer, type Server } from 'node:http';
import {
  createTestDatabase,
  createTopicPrefix,
  describeWithKafka,
  eventually,
  type TestDatabase,
} from '@ringback/test-kit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createServiceProcesses,
  type ServiceProcess,
  type ServiceProcesses,
} from '../testing/service-processes.ts';

const names = ['administration', 'billing', 'intake', 'sla-timer', 'notification', 'query'];

const catalog = {
  catalog: 'distributed',
  name: 'Distributed',
  timeZone: 'UTC',
  defaultPriority: 'normal',
  priorities: { normal: { name: 'Normal', rank: 1 } },
  calendars: {
    always: {
      hours: Object.fromEntries(
        ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
      ),
    },
  },
  plans: {
    plan: { name: 'Plan', objectives: { normal: [{ metric: 'response', calendar: 'always', max: 'PT1S' }] } },
  },
};

interface Delivery {
  headers: Record<string, string>;
  body: string;
}

describeWithKafka('the services, two processes of each', (brokers) => {
  let database: TestDatabase;
  let processes: ServiceProcesses;
  let receiver: Server;
  const deliveries: Delivery[] = [];
  const instances: ServiceProcess[] = [];
  const of = (name: string) => instances.filter((instance) => instance.name === name);
  const clientOf = (name: string) => (of(name)[0] as ServiceProcess).client;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        deliveries.push({ headers: request.headers as Record<string, string>, body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    processes = createServiceProcesses(
      { DATABASE_URL: database.url, KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: createTopicPrefix() },
      'a-key-for-the-process-tests',
    );
    instances.push(...(await Promise.all([...names, ...names].map((name) => processes.start(name)))));
  });
  afterAll(async () => {
    await processes?.destroy();
    receiver?.closeAllConnections();
    receiver?.close();
    await database?.drop();
  });

  it('see a ticket, break its promise once, and tell of it once, signed', { timeout: 120_000 }, async () => {
    const { port } = receiver.address() as { port: number };
    const client = clientOf('administration');
    await client.put('/v1/catalogs/distributed', catalog);
    await client.put('/v1/customers/acme', { name: 'Acme' });
    await clientOf('billing').put('/v1/contracts/acme', { customerId: 'acme', plan: 'distributed/plan' });
    const subscribed = await client.post('/v1/subscriptions', {
      name: 'Portal',
      channel: 'webhook',
      url: `http://127.0.0.1:${port}/hook`,
      eventTypes: ['SlaBreached', 'NoteAdded'],
    });
    expect(subscribed.status).toBe(201);

    const opened = await clientOf('intake').post('/v1/tickets', {
      customerId: 'acme',
      subject: 'No dial tone',
    });
    expect(opened.status).toBe(201);
    const { id } = opened.body;
    for (const query of of('query')) {
      const listed = await query.client.get('/v1/tickets');
      expect(listed.body.items.map((ticket: { id: string }) => ticket.id)).toEqual([id]);
    }
    const typesOf = async (query: ServiceProcess) =>
      (await query.client.get(`/v1/tickets/${id}/events`)).body.items.map(
        ({ type }: { type: string }) => type,
      );
    await eventually(async () => (await typesOf(of('query')[0] as ServiceProcess)).includes('SlaBreached'));
    // What is sent after the breach ends the wait for a second one.
    await (of('intake')[1] as ServiceProcess).client.post(`/v1/tickets/${id}/note`, { text: 'looked at' });
    await eventually(() => deliveries.some(({ body }) => JSON.parse(body).type === 'NoteAdded'), {
      timeout: 30_000,
    });
    const signed = new Webhook(subscribed.body.secret);
    const told = deliveries.map(({ headers, body }) => signed.verify(body, headers) as { type: string });
    expect(told.map(({ type }) => type)).toEqual(['SlaBreached', 'NoteAdded']);
    for (const query of of('query')) {
      expect(await typesOf(query)).toEqual(['TicketOpened', 'SlaBreached', 'NoteAdded']);
      const breaches = await query.client.get('/v1/breaches');
      expect(breaches.body.items).toHaveLength(1);
    }
  });

  it('share the work: one leads the relay, and their metrics show what each has of Kafka', async () => {
    const metrics = await Promise.all(
      instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    const leaders = metrics.filter((text) => /^ringback_kafka_relay_leads 1$/m.test(text));
    expect(leaders).toHaveLength(1);
    expect(leaders[0]).toMatch(/^ringback_kafka_sent_messages_total [1-9]/m);
    await eventually(async () => {
      const texts = await Promise.all(
        instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
      );
      for (const text of texts) expect(text).toMatch(/^ringback_kafka_relay_lag_events 0$/m);
    });
    const { rows } = await database.pool.query<{ position: string; head: string }>(
      'select r.position, h.position as head from log.relays r, log.head h',
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.position).toBe(rows[0]?.head);
  });
});
