import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog, LogSubscription, RecordedEvent, SubscriptionOptions } from '../port.ts';
import { appendTo, type LogDatabase, note } from './log-database.ts';
import { remember } from './remember.ts';

/** Milliseconds: a consumer of Kafka waits for the session of one that ended without leaving its group. */
const patience = 45_000;

/**
 * What a subscription promises, whichever stream feeds it. `create` makes a database whose logs subscribe to that
 * stream.
 */
export function describeSubscriptions(create: () => Promise<LogDatabase>): void {
  let database: LogDatabase;
  let log: EventLog;
  const started: LogSubscription[] = [];

  beforeAll(async () => {
    database = await create();
  });
  beforeEach(async () => {
    await database.pool.query(
      'truncate consumer.seen, consumer.checkpoints, consumer.parked_events, consumer.applied_versions',
    );
    log = database.openLog();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((subscription) => subscription.stop()));
  });
  afterAll(() => database?.drop());

  async function subscribe(
    options: Partial<SubscriptionOptions> = {},
    from: EventLog = log,
  ): Promise<LogSubscription> {
    const subscription = from.subscribe({
      name: 'consumer.test',
      schema: 'consumer',
      from: 'head',
      handle: remember,
      ...options,
    });
    started.push(subscription);
    await subscription.start();
    return subscription;
  }

  async function seen(): Promise<{ position: number; stream_id: string; version: number }[]> {
    const { rows } = await database.pool.query(
      'select position::int, stream_id, version from consumer.seen order by position',
    );
    return rows;
  }

  async function append(count: number, id = randomUUID()): Promise<number> {
    let last = 0;
    for (let index = 0; index < count; index += 1)
      last = (await log.append(appendTo(id, note(String(index))))).position;
    return last;
  }

  describe('a subscription', () => {
    it('sees every event once and in order, whatever is written at once', async () => {
      const begin = (await log.head()).position;
      const subscription = await subscribe({ batchSize: 7 });
      const writers = Array.from({ length: 8 }, () => database.openLog());
      const outcomes = await Promise.all(
        writers.flatMap((writer) =>
          Array.from({ length: 25 }, () => writer.append(appendTo(randomUUID(), note('x'), note('y')))),
        ),
      );
      const last = Math.max(...outcomes.map(({ position }) => position));
      expect(await subscription.whenProcessed(last, patience)).toBe(true);
      const positions = (await seen()).map(({ position }) => position);
      expect(positions).toEqual(Array.from({ length: 400 }, (_, index) => begin + index + 1));
    });

    it('goes on after its checkpoint, which is committed with the effect', async () => {
      const first = await subscribe();
      await first.whenProcessed(await append(3), patience);
      await first.stop();
      started.splice(0);
      const last = await append(2);
      const second = await subscribe();
      expect(await second.whenProcessed(last, patience)).toBe(true);
      expect(await seen()).toHaveLength(5);
    });

    it('rolls back the checkpoint with an effect that fails, and applies it once in the end', async () => {
      let failures = 2;
      const subscription = await subscribe({
        async handle(events, transaction) {
          await remember(events, transaction);
          failures -= 1;
          if (failures >= 0) throw Object.assign(new Error('the connection broke'), { code: '08006' });
        },
      });
      expect(await subscription.whenProcessed(await append(3), patience)).toBe(true);
      expect(await seen()).toHaveLength(3);
    });

    it('applies everything once where those it tells of a commit throw', async () => {
      const subscription = await subscribe({
        batchSize: 2,
        onCommitted: () => {
          throw new Error('a listener failed');
        },
      });
      expect(await subscription.whenProcessed(await append(7), patience)).toBe(true);
      expect((await seen()).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await subscription.parked()).toEqual([]);
    });

    it('parks nothing for a full disk, a time-out, a deadlock or a lock, and applies it once they are over', async () => {
      const faults = ['53100', '53200', '57014', '40P01', '55P03', '25006'];
      const subscription = await subscribe({
        async handle(events, transaction) {
          await remember(events, transaction);
          const code = faults.shift();
          if (code !== undefined) throw Object.assign(new Error('not now'), { code });
        },
      });
      expect(await subscription.whenProcessed(await append(3), patience)).toBe(true);
      expect(await seen()).toHaveLength(3);
      expect(faults).toEqual([]);
      expect(await subscription.parked()).toEqual([]);
    });

    it('of which two instances run applies everything once', async () => {
      const [one, two] = [
        await subscribe({ batchSize: 3 }),
        await subscribe({ batchSize: 3 }, database.openLog()),
      ];
      const last = await append(60);
      await Promise.all([one.whenProcessed(last, patience), two.whenProcessed(last, patience)]);
      const versions = (await seen()).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    });

    it('delivers without notifications too: polling is the truth', async () => {
      const deaf = database.openLog({ notifications: false });
      const subscription = await subscribe({}, deaf);
      expect(await subscription.whenProcessed(await append(2), patience)).toBe(true);
    });

    it('takes in one category only, and moves on over the other', async () => {
      const subscription = await subscribe({ category: 'administration' });
      const foreign = await append(3);
      const own = await log.append({
        appends: [
          {
            stream: { category: 'administration', id: `customer:${randomUUID()}` },
            expected: 'any',
            events: [{ type: 'CustomerDefined', v: 1, data: { name: 'X', contacts: [] } }],
          },
        ],
        metadata: { actor: 'service:test' },
      });
      expect(await subscription.whenProcessed(own.position, patience)).toBe(true);
      expect((await seen()).map(({ position }) => position)).toEqual([own.position]);
      expect(await subscription.whenProcessed(await append(1), patience)).toBe(true);
      expect(foreign).toBeLessThan(own.position);
    });

    it('tells how far it is behind, in events and in seconds', async () => {
      let free = () => {};
      const blocked = new Promise<void>((resolve) => {
        free = resolve;
      });
      const subscription = await subscribe({
        async handle(events, transaction) {
          await blocked;
          await remember(events, transaction);
        },
      });
      const last = await append(4);
      const lag = await subscription.lag();
      expect(lag.events).toBe(4);
      expect(lag.seconds).toBeGreaterThan(0);
      free();
      await subscription.whenProcessed(last, patience);
      expect(await subscription.lag()).toEqual({ events: 0, seconds: 0 });
    });

    it('outlives terminated connections, busy and idle', async () => {
      const subscription = await subscribe({ batchSize: 5 });
      let running = true;
      const killer = (async () => {
        while (running) {
          await database.pool.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
           order by random() limit 2`,
          );
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })();
      const ids = Array.from({ length: 40 }, () => randomUUID());
      await Promise.all(ids.map((id) => log.append(appendTo(id, note('a'), note('b')))));
      await append(20);
      running = false;
      await killer;
      const { position } = await log.head();
      expect(await subscription.whenProcessed(position, patience)).toBe(true);
      const rows = await seen();
      for (const id of ids)
        expect(rows.filter(({ stream_id }) => stream_id === id).map(({ version }) => version)).toEqual([
          1, 2,
        ]);
    });
  });

  describe('a poisonous event', () => {
    const poison = 'poison';
    let cured = false;
    const handle = async (events: RecordedEvent[], transaction: PoolClient) => {
      for (const event of events) {
        if (!cured && event.data.text === poison) throw new Error('this cannot be digested');
        await remember([event], transaction);
      }
    };

    it('parks its stream only; later events of it wait, all others go on, and a replay catches up', async () => {
      cured = false;
      const subscription = await subscribe({ handle });
      const [sick, healthy] = [randomUUID(), randomUUID()];
      await log.append(appendTo(sick, note('fine')));
      await log.append(appendTo(sick, note(poison)));
      await log.append(appendTo(healthy, note('fine')));
      const { position } = await log.append(appendTo(sick, note('after')));
      expect(await subscription.whenProcessed(position, patience)).toBe(true);
      const versionsOf = async (id: string) =>
        (await seen()).filter(({ stream_id }) => stream_id === id).map(({ version }) => version);
      expect(await versionsOf(sick)).toEqual([1]);
      expect(await versionsOf(healthy)).toEqual([1]);
      expect(await subscription.parked()).toMatchObject([
        { streamId: sick, events: 2, error: 'this cannot be digested' },
      ]);

      expect(await subscription.replay(sick)).toEqual({ replayed: 0, remaining: 2 });
      cured = true;
      expect(await subscription.replay(sick)).toEqual({ replayed: 2, remaining: 0 });
      expect(await versionsOf(sick)).toEqual([1, 2, 3]);
      expect(await subscription.parked()).toEqual([]);
      const next = await log.append(appendTo(sick, note('next')));
      await subscription.whenProcessed(next.position, patience);
      expect(await versionsOf(sick)).toEqual([1, 2, 3, 4]);
    });

    it('is one of a newer release: parked and visible, never dropped', async () => {
      const subscription = await subscribe();
      const id = randomUUID();
      const outcome = await log.append({
        appends: [{ stream: { category: 'ticket', id }, expected: 'any', events: [{ ...note('x'), v: 99 }] }],
        metadata: { actor: 'service:test' },
      });
      expect(await subscription.whenProcessed(outcome.position, patience)).toBe(true);
      expect(await subscription.parked()).toMatchObject([
        { streamId: id, error: expect.stringContaining('version 99') },
      ]);
    });
  });
}
