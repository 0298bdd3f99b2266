import { randomUUID } from 'node:crypto';
import { describeWithKafka, eventually } from '@ringback/test-kit';
import type { PoolClient } from 'pg';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EventLog, LogSubscription, RecordedEvent } from '../port.ts';
import { createKafkaDatabase, type KafkaDatabase } from '../testing/kafka-database.ts';
import { appendTo, note } from '../testing/log-database.ts';
import { createKafkaClient, type KafkaClient } from './client/client.ts';
import { createSender } from './client/sender.ts';
import type { KafkaStreamOptions } from './kafka-stream.ts';
import { encodeMessage } from './message.ts';
import type { KafkaObserver } from './observer.ts';

const name = 'consumer.test';

describeWithKafka('delivery by Kafka', (brokers) => {
  let database: KafkaDatabase;
  let client: KafkaClient;
  let log: EventLog;
  const started: LogSubscription[] = [];

  beforeAll(async () => {
    client = createKafkaClient({ brokers: brokers.split(',') });
  });
  // Topics of its own for each, so that no test meets another's offsets and messages.
  beforeEach(async () => {
    database = await createKafkaDatabase(brokers);
    log = database.openLog();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((subscription) => subscription.stop()));
    await database.drop();
  });

  async function remember(events: RecordedEvent[], transaction: PoolClient): Promise<void> {
    for (const { position, streamId, version } of events) {
      await transaction.query(
        'insert into consumer.seen (position, stream_id, version) values ($1, $2, $3)',
        [position, streamId, version],
      );
    }
  }

  async function subscribe(
    options: Partial<KafkaStreamOptions> = {},
    handle: typeof remember = remember,
  ): Promise<LogSubscription> {
    const subscription = database
      .openKafkaLog(options)
      .subscribe({ name, schema: 'consumer', category: 'ticket', handle });
    started.push(subscription);
    await subscription.start();
    return subscription;
  }

  /** Tickets with so many events each; answers the last position. */
  async function append(tickets: number, events: number): Promise<number> {
    const positions = await Promise.all(
      Array.from({ length: tickets }, async () => {
        const id = randomUUID();
        let last = 0;
        for (let version = 1; version <= events; version += 1)
          last = (await log.append(appendTo(id, note(String(version))))).position;
        return last;
      }),
    );
    return Math.max(...positions);
  }

  /** Every event of the log was applied once, each stream's in order. */
  async function expectAllSeen(): Promise<void> {
    const { rows } = await database.pool.query<{ stream_id: string; version: number }>(
      'select stream_id, version from consumer.seen order by nth',
    );
    const { rows: head } = await database.pool.query('select count(*)::int as events from log.events');
    expect(rows).toHaveLength(head[0].events);
    const versions = new Map<string, number>();
    for (const { stream_id, version } of rows) {
      expect(version, stream_id).toBe((versions.get(stream_id) ?? 0) + 1);
      versions.set(stream_id, version);
    }
  }

  function count(): { observer: KafkaObserver; of: { [what: string]: number } } {
    const of: { [what: string]: number } = { ignored: 0, gap: 0, sweep: 0, foreign: 0, rebalances: 0 };
    const add = (what: string, more: number) => {
      of[what] = (of[what] ?? 0) + more;
    };
    return {
      of,
      observer: {
        onIgnored: (_name, events) => add('ignored', events),
        onReadFromLog: (_name, why, events) => add(why, events),
        onForeign: (_name, messages) => add('foreign', messages),
        onRebalance: () => add('rebalances', 1),
      },
    };
  }

  async function resend(events: RecordedEvent[]): Promise<void> {
    const sender = createSender(client);
    const messages = events.map((event) => encodeMessage(event, null));
    await sender.send([{ topic: `${database.topicPrefix}ticket-events`, messages }]);
    await sender.close();
  }

  const send = async (messages: { key: string; value: string }[]) => {
    const sender = createSender(client);
    const topic = `${database.topicPrefix}ticket-events`;
    await sender.send([
      { topic, messages: messages.map((each) => ({ ...each, headers: {}, timestamp: String(Date.now()) })) },
    ]);
    await sender.close();
  };

  it('changes nothing when everything comes again, in disorder, as from a leader that was thought dead', async () => {
    await database.startRelay();
    const { observer, of } = count();
    const subscription = await subscribe({ observer });
    expect(await subscription.whenProcessed(await append(20, 4), 40_000)).toBe(true);
    const all = await log.readAll({ after: 0, limit: 1_000 });
    await resend(all);
    await resend(all.toReversed());
    expect(await subscription.whenProcessed(await append(3, 1), 40_000)).toBe(true);
    await eventually(() => (of.ignored ?? 0) >= 2 * all.length);
    await expectAllSeen();
  });

  it('goes on from PostgreSQL when the offsets of the group are lost', async () => {
    await database.startRelay();
    const first = await subscribe();
    expect(await first.whenProcessed(await append(10, 3), 40_000)).toBe(true);
    await first.stop();
    started.splice(0);
    await client.administer('a group', (admin) => admin.deleteGroups([`${database.topicPrefix}${name}`]));
    const { observer, of } = count();
    const second = await subscribe({ observer });
    expect(await second.whenProcessed(await append(4, 2), 40_000)).toBe(true);
    await eventually(() => (of.ignored ?? 0) >= 30);
    await expectAllSeen();
  });

  it('reads from PostgreSQL what Kafka left out before an event that it brought', async () => {
    const { observer, of } = count();
    await (await database.startRelay()).stop();
    const subscription = await subscribe({ observer });
    const last = await append(6, 5);
    const all = await log.readAll({ after: 0, limit: 1_000 });
    await resend(all.filter(({ version }) => version === 3 || version === 5));
    expect(await subscription.whenProcessed(last, 40_000)).toBe(true);
    expect(of).toMatchObject({ gap: 18, sweep: 0 });
    await expectAllSeen();
  });

  it('applies from PostgreSQL what Kafka never brings, after a while', async () => {
    const { observer, of } = count();
    await (await database.startRelay()).stop();
    const subscription = await subscribe({ observer, sweepAfter: 300 });
    expect(await subscription.whenProcessed(await append(6, 5), 40_000)).toBe(true);
    expect(of).toMatchObject({ gap: 0, sweep: 30 });
    await expectAllSeen();
  });

  it('keeps messages of another kind apart, and goes on', async () => {
    await database.startRelay();
    const { observer, of } = count();
    const subscription = await subscribe({ observer });
    const id = randomUUID();
    const { position } = await log.append(appendTo(id, note('x')));
    expect(await subscription.whenProcessed(position, 40_000)).toBe(true);
    const [event] = await log.readAll({ after: position - 1, limit: 1 });
    const { key, value } = encodeMessage(event as RecordedEvent, null);
    const elsewhere = { ...(event as RecordedEvent), streamId: randomUUID(), version: 7, position: 999_999 };
    await send([
      { key: 'x', value: 'hello\0world' },
      { key: 'another', value },
      { key, value: '{"specversion":"1.0"}' },
      encodeMessage(elsewhere, null),
    ]);
    expect(await subscription.whenProcessed(await append(12, 1), 40_000)).toBe(true);
    await eventually(() => of.foreign === 4, { timeout: 30_000 });
    const { rows } = await database.pool.query(
      `select topic, reason, excerpt from consumer.foreign_messages where subscription = $1 order by reason`,
      [name],
    );
    expect(rows.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not a CloudEvent of the log: id'),
      'its key is not its subject',
      'its value is not JSON',
      'the log does not have what comes before it in its stream',
    ]);
    expect(rows[2]?.excerpt).toBe('hello�world');
    await expectAllSeen();
  });

  it('parks an event of an unknown type, and those after it', async () => {
    await database.startRelay();
    const subscription = await subscribe();
    const id = randomUUID();
    const unknown = { type: 'FromANewerRelease', v: 1, data: {} };
    const { position } = await log.append(appendTo(id, note('x'), unknown, note('y')));
    expect(await subscription.whenProcessed(position, 40_000)).toBe(true);
    expect(await subscription.parked()).toMatchObject([
      { streamId: id, events: 2, error: expect.stringContaining('FromANewerRelease') },
    ]);
  });

  it('is shared by two instances, both of which know of all progress', async () => {
    await database.startRelay();
    const shares = [0, 0];
    const of = (instance: 0 | 1) => async (events: RecordedEvent[], transaction: PoolClient) => {
      shares[instance] = (shares[instance] ?? 0) + events.length;
      await remember(events, transaction);
    };
    const one = await subscribe({}, of(0));
    const other = await subscribe({}, of(1));
    await eventually(
      async () => {
        const last = await append(12, 1);
        expect(await Promise.all([one, other].map((each) => each.whenProcessed(last, 40_000)))).toEqual([
          true,
          true,
        ]);
        expect(Math.min(...shares)).toBeGreaterThan(0);
      },
      { timeout: 40_000 },
    );
    await expectAllSeen();
  });

  it('applies everything once while the group is rebalanced, amid what is being applied', {
    timeout: 140_000,
  }, async () => {
    await database.startRelay();
    const { observer, of } = count();
    const slow = async (events: RecordedEvent[], transaction: PoolClient) => {
      await transaction.query('select pg_sleep(0.02)');
      await remember(events, transaction);
    };
    const stays = await subscribe({ observer }, slow);
    await eventually(() => of.rebalances === 1, { timeout: 60_000 });
    for (let round = 0; round < 4; round += 1) {
      const before = of.rebalances ?? 0;
      const guest = await subscribe({}, slow);
      await append(25, 3);
      await eventually(() => (of.rebalances ?? 0) > before, { timeout: 60_000 });
      await append(25, 3);
      await guest.stop();
      started.pop();
    }
    expect(await stays.whenProcessed(await append(5, 1), 60_000)).toBe(true);
    expect(of.rebalances).toBeGreaterThan(4);
    await expectAllSeen();
  });

  it('goes over from PostgreSQL to Kafka and back, with nothing missing and nothing twice', async () => {
    await database.startRelay();
    const onPostgres = () =>
      database.openLog().subscribe({ name, schema: 'consumer', category: 'ticket', handle: remember });
    for (const open of [onPostgres, () => subscribe(), onPostgres]) {
      const subscription = await open();
      if (open === onPostgres) await subscription.start();
      expect(await subscription.whenProcessed(await append(15, 3), 40_000)).toBe(true);
      await subscription.stop();
    }
    await expectAllSeen();
  });
});
