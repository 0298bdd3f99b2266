import {
  createEventLog,
  createKafkaStream,
  logMigrations,
  migrate,
  type RecordedEvent,
  subscriptionMigrations,
} from '@ringback/event-log';
import pg, { type PoolClient } from 'pg';

/**
 * A consumer whose effect tolerates nothing: a row for each event, in the order in which it was applied. The services'
 * own effects could hide that an event was applied twice.
 */
export interface Witness {
  /** One instance leaves and another comes: the group is shared out twice. */
  rejoin(): Promise<void>;
  /** What was applied, in order. */
  seen(): Promise<{ position: number; stream: string; version: number }[]>;
  destroy(): Promise<void>;
}

const instances = 2;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

export async function startWitness(
  databaseUrl: string,
  brokers: string,
  topicPrefix: string,
): Promise<Witness> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => {});
  await migrate(pool, 'log', logMigrations);
  await migrate(pool, 'witness', subscriptionMigrations('witness'));
  await pool.query(`create table witness.seen (
    turn bigserial primary key, position bigint not null, stream_id text not null, version integer not null)`);

  async function join() {
    const own = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    own.on('error', () => {});
    const log = createEventLog({
      pool: own,
      kafka: createKafkaStream({ brokers: brokers.split(','), pool: own, logger: quiet, topicPrefix }),
    });
    const subscription = log.subscribe({
      name: 'witness.seen',
      schema: 'witness',
      category: 'ticket',
      handle: remember,
    });
    await subscription.start();
    return async () => {
      await subscription.stop();
      await log.close();
      await own.end();
    };
  }

  const joined = await Promise.all(Array.from({ length: instances }, join));
  return {
    async rejoin() {
      await joined.shift()?.();
      joined.push(await join());
    },
    async seen() {
      const { rows } = await pool.query(
        'select position::float8 as position, stream_id as stream, version from witness.seen order by turn',
      );
      return rows;
    },
    async destroy() {
      await Promise.all(joined.map((leave) => leave()));
      await pool.end();
    },
  };
}

async function remember(events: RecordedEvent[], transaction: PoolClient): Promise<void> {
  await transaction.query(
    `insert into witness.seen (position, stream_id, version)
     select * from unnest($1::bigint[], $2::text[], $3::integer[])`,
    [
      events.map(({ position }) => position),
      events.map(({ streamId }) => streamId),
      events.map(({ version }) => version),
    ],
  );
}
