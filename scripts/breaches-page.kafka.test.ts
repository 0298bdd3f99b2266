import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import {
  createHttpClient,
  createTestDatabase,
  createTopicPrefix,
  describeWithKafka,
  eventually,
  type TestDatabase,
} from '@ringback/test-kit';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { blocksOf, runSnippet } from './testing/page.ts';

const page = 'docs/breaches.md';
const hasKcat = spawnSync('kcat', ['-V']).status === 0;

// On Node 24 this client asks once for a timer that lies in the past, which does no harm.
const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
  if (args[1] !== 'TimeoutNegativeWarning') emitWarning(...args);
});

interface Described {
  examples: [{ headers: { [name: string]: string }; payload: { data: { ticket: object } } }];
}

describeWithKafka('the page on breaches', (brokers) => {
  const topic = `${createTopicPrefix()}ringback.breaches`;
  const kafka = () => new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const [bakery, dentist] = [randomUUID(), randomUUID()];
  let database: TestDatabase;
  let running: Running;
  let described: { [type: string]: Described };

  beforeAll(async () => {
    database = await createTestDatabase();
    const environment = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' };
    running = await runServices(services, { name: 'breaches', environment });
    const { body } = await createHttpClient(running.url, null).get('/asyncapi.json');
    described = body.channels.breaches.messages;
    const admin = kafka().admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] });
    await admin.disconnect();
    const producer = kafka().producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = [
      message('SlaTargetMissed', bakery, 2, 'RB-BAKERY'),
      message('SlaBreached', bakery, 3, 'RB-BAKERY'),
      message('SlaTargetMissed', dentist, 2, 'RB-DENTIST'),
      // A relay that goes on after a fault sends again what it may have sent.
      message('SlaTargetMissed', bakery, 2, 'RB-BAKERY'),
      message('SlaBreached', bakery, 3, 'RB-BAKERY'),
      message('SlaBreachRetracted', bakery, 5, 'RB-BAKERY'),
      message('SlaBreached', dentist, 9, 'RB-DENTIST'),
    ];
    await producer.send({ topic, messages });
    await producer.disconnect();
  });
  afterAll(async () => {
    await running?.stop();
    await database?.drop();
    const admin = kafka().admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });

  /** The described example of a message, of another ticket and version. */
  function message(type: string, ticketId: string, version: number, reference: string) {
    const [{ headers, payload }] = (described[type] as Described).examples;
    const value = {
      ...payload,
      ...{ id: randomUUID(), subject: ticketId, ringbackversion: version },
      data: { ...payload.data, ticket: { ...payload.data.ticket, id: ticketId, reference } },
    };
    return {
      key: ticketId,
      value: JSON.stringify(value),
      headers: {
        ...headers,
        ...{ ce_id: value.id, ce_subject: ticketId, ce_ringbackversion: String(version) },
      },
    };
  }

  it('shows a consumer that tells each event once', async () => {
    const source = blocksOf(page, 'ts').find((block) => block.includes('kafkajs')) ?? '';
    expect(source).toContain("topics: ['ringback.breaches']");
    expect(source).toContain("groupId: 'breach-board'");
    const here = source.replace('ringback.breaches', topic).replace("'breach-board'", `'${topic}-board'`);
    const consumer = runSnippet(here, { KAFKA_BROKERS: brokers, NODE_NO_WARNINGS: '1' });
    const told = () => consumer.lines().filter((line) => line.startsWith('Sla'));
    try {
      // The last of each ticket: what comes before it in its partition was seen.
      await eventually(
        () => {
          expect(told().join()).toContain('SlaBreachRetracted RB-BAKERY');
          expect(told().join()).toContain('SlaBreached RB-DENTIST');
        },
        { timeout: 30_000 },
      );
      const of = (reference: string) =>
        told().flatMap((line) => (line.includes(reference) ? line.split(' ')[0] : []));
      expect(of('RB-BAKERY')).toEqual(['SlaTargetMissed', 'SlaBreached', 'SlaBreachRetracted']);
      expect(of('RB-DENTIST')).toEqual(['SlaTargetMissed', 'SlaBreached']);
      expect(told()).toHaveLength(5);
    } finally {
      await consumer.stop();
    }
  });

  it('shows a line for kcat that prints headers and events', async () => {
    const line = blocksOf(page, 'sh').find((block) => block.startsWith('kcat ')) ?? '';
    // What each flag is good for stands in `kcat -h`: consume, quietly, from, which topic, since when, printed how.
    expect(line.trim()).toMatch(
      /^kcat -C -q -b "\$KAFKA_BROKERS" -t ringback\.breaches -o beginning -f '(%[skhTopt]|[ ]|\\n)+'$/,
    );
    if (!hasKcat) return;
    // As it stands the line waits for more; -e ends it at the last message.
    const here = line.replace('ringback.breaches', topic).replace('kcat -C', 'kcat -C -e');
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], {
      env: { ...process.env, KAFKA_BROKERS: brokers },
    });
    expect(stdout.match(/"type":"SlaBreachRetracted"/g)).toHaveLength(1);
    expect(stdout.match(/ce_type=SlaBreached[,\n]/g)).toHaveLength(3);
  });
});
