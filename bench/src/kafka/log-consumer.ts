/** A process with a subscription that Kafka feeds. The effect of an event is there when its batch is committed. */
import { createEventLog, createKafkaStream } from '@ringback/event-log';
import pg from 'pg';
import { schema, silent } from './database.ts';
import { now } from './instants.ts';
import { reportEffects } from './report-effects.ts';

const { url, brokers, topicPrefix } = JSON.parse(process.argv[2] ?? '{}');
const pool = new pg.Pool({ connectionString: url, max: 6 });
const kafka = createKafkaStream({ brokers: [brokers], pool, logger: silent, topicPrefix });
const log = createEventLog({ pool, kafka });
const { note } = reportEffects(async () => {
  await subscription.stop();
  await log.close();
  await pool.end();
});
let handled = new Map<number, number>();
const subscription = log.subscribe({
  name: `${schema}.bench`,
  schema,
  category: 'ticket',
  async handle(events) {
    for (const { position, data } of events) handled.set(position, Number(data.sentAt));
  },
  onCommitted() {
    note([...handled.values()], now());
    handled = new Map();
  },
});
await subscription.start();
