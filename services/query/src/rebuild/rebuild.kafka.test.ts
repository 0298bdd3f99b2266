import { publishedPosition } from '@ringback/event-log';
import { createTopicPrefix, describeWithKafka, eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';
import { loadRandomly } from '../testing/random-load.ts';
import { type RebuildOptions, rebuildReadModels } from './rebuild.ts';

describeWithKafka('tables rebuilt from Kafka', (brokers) => {
  let server: QueryServer;
  const topicPrefix = createTopicPrefix();
  const kafka = { brokers: brokers.split(','), topicPrefix };
  beforeAll(async () => {
    server = await startQuery({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix });
  });
  afterAll(() => server?.stop());

  const rebuild = (from: 'postgres' | 'kafka', check: boolean, threads: Partial<RebuildOptions> = {}) =>
    rebuildReadModels({
      ...threads,
      ...{ databaseUrl: server.database.url, from, kafka, check, replayParked: false },
      write: () => {},
    });

  async function settled(): Promise<void> {
    const { position } = await server.context.log.head();
    await eventually(
      async () => {
        const { rows } = await server.database.pool.query<{ position: string }>(
          "select position from query.checkpoints where subscription = 'query.read-models-2'",
        );
        expect(Number(rows[0]?.position)).toBeGreaterThanOrEqual(position);
        expect(await publishedPosition(server.database.pool, kafka)).toBeGreaterThanOrEqual(position);
      },
      { timeout: 60_000, interval: 100 },
    );
  }

  it('equal those that were kept live, from what Kafka holds and not PostgreSQL', {
    timeout: 180_000,
  }, async () => {
    await loadRandomly(server, 80, 3);
    await settled();
    const fromKafka = await rebuild('kafka', true);
    expect(fromKafka.comparison?.differences).toEqual([]);
    expect(fromKafka).toMatchObject({ tickets: 80, failed: [] });
    const inParts = await rebuild('kafka', true, { workers: 3, threadsFrom: 0 });
    expect(inParts.comparison?.differences).toEqual([]);
    expect(inParts).toMatchObject({ tickets: 80, failed: [] });

    await server.database.pool.query(
      `update log.events set data = jsonb_set(data, '{subject}', '"other words"') where type = 'TicketOpened'`,
    );
    expect((await rebuild('postgres', true)).comparison?.different).toBeGreaterThan(0);
    expect((await rebuild('kafka', true)).comparison?.differences).toEqual([]);
    const before = await server.client.get('/v1/tickets?limit=100');
    await rebuild('kafka', false);
    expect((await server.client.get('/v1/tickets?limit=100')).body).toEqual(before.body);
  });

  it('hold what was appended since, which Kafka may not have yet', { timeout: 180_000 }, async () => {
    const published = await publishedPosition(server.database.pool, kafka);
    const id = await server.open({ customerId: 'bakery' });
    const { position } = await rebuild('kafka', false);
    expect(position).toBeGreaterThan(published);
    expect((await server.client.get('/v1/tickets?limit=1')).body.items[0].id).toBe(id);
  });
});
