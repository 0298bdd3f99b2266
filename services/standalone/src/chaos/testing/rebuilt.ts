import { eventually } from '@ringback/test-kit';
import { expect } from 'vitest';
import type { Constellation } from './constellation.ts';

/** The read models and what a row of each is known by. */
const keys = {
  tickets: 'ticket_id',
  deadlines: 'ticket_id, objective, occurrence, kind',
  breaches: 'position',
  outcomes: 'ticket_id, objective, occurrence',
};

/**
 * The read models that were maintained live equal those that a fresh instance makes of the log, byte for byte. It reads
 * PostgreSQL, not Kafka: both ways lead to the same rows.
 */
export async function expectRebuilt({ of, end, start, pool }: Constellation): Promise<void> {
  for (const instance of of('query')) await end(instance, 'SIGTERM');
  await pool.query('alter schema query rename to query_live');
  const fresh = await start('query', { KAFKA_BROKERS: '' });
  const { rows } = await pool.query<{ position: number }>(
    "select max(position)::float8 as position from log.events where category = 'ticket'",
  );
  const last = rows[0]?.position ?? 0;
  await eventually(
    async () => {
      const { rows: reached } = await pool.query<{ position: number }>(
        "select position::float8 as position from query.checkpoints where subscription = 'query.read-models-2'",
      );
      expect(reached[0]?.position, fresh.output()).toBeGreaterThanOrEqual(last);
    },
    { timeout: 60_000, interval: 50 },
  );
  for (const [table, key] of Object.entries(keys)) {
    const { rows } = await pool.query(
      `select to_jsonb(l) as live, to_jsonb(r) as rebuilt
       from query_live.${table} l full join query.${table} r using (${key})
       where l::text is distinct from r::text limit 5`,
    );
    expect(rows, `${table}: the live rows and those by the log`).toEqual([]);
  }
}
