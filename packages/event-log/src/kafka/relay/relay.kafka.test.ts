import { randomUUID } from 'node:crypto';
import { describeWithKafka, eventually } from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EventLog, RecordedEvent } from '../../port.ts';
import { createFreezable } from '../../testing/freezable.ts';
import { createKafkaDatabase, type KafkaDatabase } from '../../testing/kafka-database.ts';
import { appendTo, note } from '../../testing/log-database.ts';
import { createUpcasters } from '../../upcasters.ts';
import { createKafkaClient, type KafkaClient } from '../client/client.ts';
import { readMessages } from '../client/read-messages.ts';
import { createSender, type Sender } from '../client/sender.ts';
import { decodeMessage } from '../message.ts';
import { readTopic } from '../receive/read-topic.ts';
import { ensureTopics } from '../topics/ensure-topics.ts';
import { createRelay, type Relay } from './relay.ts';
import { createRelayLease } from './relay-lease.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

describeWithKafka('the relay', (brokers) => {
  let database: KafkaDatabase;
  let client: KafkaClient;
  let log: EventLog;
  const relays: Relay[] = [];

  beforeAll(async () => {
    database = await createKafkaDatabase(brokers);
    client = createKafkaClient({ brokers: brokers.split(',') });
    await ensureTopics(client, database.topicPrefix, [brokers]);
    log = database.openLog();
  });
  // One leads at a time: that of a test that fails must not be in the way of the next.
  afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));
  afterAll(() => database?.drop());

  const name = 'test';
  function startRelay(sender: Sender, lease = 60_000, pool = database.pool): Relay {
    const relay = createRelay({
      pool,
      name,
      lease: createRelayLease({ pool, name, duration: lease }),
      upcasters: createUpcasters(),
      logger: silent,
      sender,
      topicPrefix: database.topicPrefix,
      onAppended: log.onAppended,
      pageSize: 40,
    });
    relays.push(relay);
    relay.start();
    return relay;
  }

  async function append(tickets: number, events: number): Promise<void> {
    await Promise.all(
      Array.from({ length: tickets }, async () => {
        const id = randomUUID();
        for (let version = 1; version <= events; version += 1)
          await log.append(appendTo(id, note(String(version))));
      }),
    );
  }

  async function published(relay: Relay): Promise<void> {
    await eventually(async () => expect((await relay.progress()).events).toBe(0), { timeout: 30_000 });
  }

  /** What a topic holds, repetitions and all, in the order of each partition. */
  async function messagesIn(topic: string): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const page of readMessages(client, `${database.topicPrefix}${topic}`))
      events.push(...page.messages.map((message) => decodeMessage(message)));
    return events;
  }

  async function expectWholeLog(): Promise<void> {
    for (const category of ['ticket', 'administration'] as const) {
      const events: RecordedEvent[] = [];
      const { topicPrefix } = database;
      for await (const page of readTopic({ brokers: brokers.split(','), category, topicPrefix })) {
        for (const event of page) {
          const before = events.findLast(({ streamId }) => streamId === event.streamId)?.version ?? 0;
          expect(event.version).toBe(before + 1);
          events.push(event);
        }
      }
      events.sort((one, other) => one.position - other.position);
      expect(events).toEqual(await log.readAll({ after: 0, limit: 100_000, category }));
    }
  }

  it('publishes what was recorded while the database’s clock was days ahead of the brokers’', async () => {
    await append(3, 3);
    await database.pool.query(`update log.events set recorded_at = recorded_at + interval '3 days'`);
    await published(startRelay(createSender(client)));
    await expectWholeLog();
  });

  it('publishes each stream in the order of its versions, whole enough to make the log again', async () => {
    const relay = startRelay(createSender(client));
    await append(30, 6);
    await log.append({
      appends: [
        {
          stream: { category: 'administration', id: 'customer:acme' },
          expected: 'any',
          events: [{ type: 'CustomerDefined', v: 1, data: { name: 'Acme', contacts: [] } }],
        },
      ],
      metadata: {
        actor: 'api-key:1',
        requestId: 'r',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
    });
    await published(relay);
    await expectWholeLog();
  });

  it('sends warnings, breaches and retractions to a topic of their own as well', async () => {
    const relay = startRelay(createSender(client));
    const id = randomUUID();
    const objective = { objective: 'response', occurrence: 1 };
    const at = '2026-03-02T09:00:00.000Z';
    await log.append(
      appendTo(
        id,
        note('x'),
        { type: 'SlaTargetMissed', v: 1, data: { ...objective, targetAt: at, targetMissedAt: at } },
        { type: 'SlaBreached', v: 1, data: { ...objective, dueAt: at, breachedAt: at } },
        {
          type: 'SlaBreachRetracted',
          v: 1,
          data: { ...objective, dueAt: at, breachedAt: at, causeEventId: null },
        },
      ),
    );
    await published(relay);
    const types = (await messagesIn('breaches')).map(({ type }) => type);
    expect(types).toEqual(['SlaTargetMissed', 'SlaBreached', 'SlaBreachRetracted']);
    expect((await messagesIn('ticket-events')).filter(({ streamId }) => streamId === id)).toHaveLength(4);
  });

  it('loses nothing when sends fail, before and after they arrive', async () => {
    const sender = createSender(client);
    let sends = 0;
    const relay = startRelay({
      ...sender,
      async send(batch, signal) {
        sends += 1;
        if (sends % 3 === 1) throw new Error('the connection broke before it was sent');
        await sender.send(batch, signal);
        if (sends % 3 === 2) throw new Error('the connection broke before it was acknowledged');
      },
    });
    await append(25, 6);
    await published(relay);
    expect(sends).toBeGreaterThan(4);
    await expectWholeLog();
  });

  it('is carried on when its leader freezes; thawed, that one sends nothing more', async () => {
    const process = createFreezable(database.pool);
    const sender = createSender(client);
    const outcomes: string[] = [];
    const zombie = startRelay(
      {
        ...sender,
        async send(batch, signal) {
          process.freeze();
          await process.pass();
          await sender.send(batch, signal).then(
            () => outcomes.push('sent'),
            () => outcomes.push('ended'),
          );
          throw new Error('thawed');
        },
      },
      300,
      process.pool,
    );
    await eventually(() => zombie.leads(), { timeout: 30_000 });
    const before = (await messagesIn('ticket-events')).length;
    await append(5, 3);
    const relay = startRelay(createSender(client));
    await published(relay);
    process.thaw();
    await eventually(() => outcomes.length > 0, { timeout: 30_000 });
    expect(outcomes).toEqual(['ended']);
    expect(await messagesIn('ticket-events')).toHaveLength(before + 15);
    await expectWholeLog();
  });

  it('leaves out what no topic takes, and goes on', async () => {
    const relay = startRelay(createSender(client));
    const id = randomUUID();
    await log.append(appendTo(id, note('x'.repeat(3_000_000)), note('after')));
    await published(relay);
    const versions = (await messagesIn('ticket-events'))
      .filter(({ streamId }) => streamId === id)
      .map(({ version }) => version);
    expect(versions).toEqual([2]);
  });

  it('never has two sends in flight, and a new producer after a failure', async () => {
    const sender = createSender(client);
    const topic = `${database.topicPrefix}breaches`;
    const message = { key: 'k', value: 'not ours', headers: {}, timestamp: '1772442000004' };
    const first = sender.send([{ topic, messages: [message] }]);
    await expect(sender.send([{ topic, messages: [message] }])).rejects.toThrow('in flight');
    await first;
    await expect(sender.send([{ topic: `${topic}-missing`, messages: [message] }])).rejects.toThrow();
    await sender.send([{ topic, messages: [{ ...message, value: 'after' }] }]);
    const values: string[] = [];
    for await (const page of readMessages(client, topic))
      values.push(
        ...page.messages.map(({ value }) => String(value)).filter((value) => !value.startsWith('{')),
      );
    expect(values).toEqual(['not ours', 'after']);
    const gone = new AbortController();
    gone.abort(new Error('the lead is lost'));
    await expect(sender.send([{ topic, messages: [message] }], gone.signal)).rejects.toThrow(
      'the lead is lost',
    );
    await sender.close();
  });

  it('gives a key this partition, today and tomorrow', async () => {
    const sender = createSender(client);
    const topic = `${database.topicPrefix}ticket-events`;
    const golden = new Map([
      ['018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21', 1],
      ['3f0d7a52-8f5e-4c0e-9a64-0b6de9f3c1aa', 6],
      ['9d8b3f0e-52a1-4f56-8d7b-6f0f0a7c2b10', 1],
    ]);
    const messages = [...golden.keys()].map((key) => ({
      key,
      value: 'golden',
      headers: {},
      timestamp: '1772442000004',
    }));
    await sender.send([{ topic, messages }]);
    await sender.close();
    const found = new Map<string, number>();
    for await (const { partition, messages: page } of readMessages(client, topic)) {
      for (const { key, value } of page) if (String(value) === 'golden') found.set(String(key), partition);
    }
    expect(found).toEqual(golden);
  });
});
