import type { Pool } from 'pg';
import type { Category, RecordedEvent } from '../../port.ts';
import { readUnapplied } from '../../read/reader.ts';
import type { AppliedVersions } from '../../subscribe/applied-versions.ts';
import { inTransaction } from '../../transaction.ts';

export interface WatermarkOptions {
  pool: Pool;
  schema: string;
  name: string;
  category?: Category | undefined;
  applied: AppliedVersions;
}

/** What a look at the log shows: everything at or before `position` is applied, by whichever instance. */
export interface Look {
  position: number;
  head: number;
  /** The first event that is not applied, and its age in seconds. Null: there is none as far as was looked. */
  first: { position: number; age: number } | null;
  /** Something of ours lies in what was moved over since the last look, whoever applied it. */
  news: boolean;
  /** There is more to look at at once. */
  more: boolean;
}

export interface Watermark {
  look(): Promise<Look>;
  /** Events after the watermark that are not applied though they were recorded so many milliseconds ago. */
  overdue(age: number, limit: number): Promise<RecordedEvent[]>;
}

/** How far one look goes: it costs as much as what it moves over. */
const reach = 10_000;
/** Where nothing of ours lies the position moves in memory; the checkpoint follows after so many events. */
const foreignEventsKept = 5_000;

/**
 * The position up to which everything is applied: found by comparing the log with what each stream was applied to, so
 * that it means the same in every process. It is written to the checkpoint, and only ever forwards.
 */
export function createWatermark({ pool, schema, name, category, applied }: WatermarkOptions): Watermark {
  let seen = 0;
  let lastCheckpoint = Number.POSITIVE_INFINITY;
  const ofCategory = category === undefined ? '' : `and e.category = '${category}'`;
  const text = `
    with bounds as (
      select c.position as checkpoint, h.position as head, greatest(c.position, $2::bigint) as low,
        least(h.position, greatest(c.position, $2::bigint) + ${reach}) as high
      from ${schema}.checkpoints c, log.head h where c.subscription = $1
    )
    select b.checkpoint::float8 as checkpoint, b.head::float8 as head, b.high::float8 as high, f.position::float8 as first,
      extract(epoch from clock_timestamp() - f.recorded_at)::float8 as age,
      exists (select from ${schema}.applied_versions a where a.subscription = $1
        and a.position <= coalesce(f.position - 1, b.high)) as covers
    from bounds b left join lateral (
      select e.position, e.recorded_at from log.events e
      where e.position > b.low and e.position <= b.high ${ofCategory}
        and not exists (select from ${schema}.applied_versions a
          where a.subscription = $1 and a.stream_id = e.stream_id and a.version >= e.version)
      order by e.position limit 1) f on true`;

  async function persist(to: number): Promise<void> {
    await inTransaction(pool, async (transaction) => {
      await transaction.query(
        `update ${schema}.checkpoints set position = $2 where subscription = $1 and position < $2`,
        [name, to],
      );
      await applied.forget(transaction, to);
    });
  }

  return {
    async look() {
      const { rows } = await pool.query<{
        checkpoint: number;
        head: number;
        high: number;
        first: number | null;
        age: number;
        covers: boolean;
      }>(text, [name, seen]);
      const row = rows[0];
      if (row === undefined) throw new Error(`subscription ${name} has no checkpoint`);
      const to = row.first === null ? row.high : row.first - 1;
      if (row.covers || to - row.checkpoint > foreignEventsKept) await persist(to);
      seen = Math.max(seen, to);
      const news = row.covers || row.checkpoint > lastCheckpoint;
      lastCheckpoint = row.checkpoint;
      const first = row.first === null ? null : { position: row.first, age: row.age };
      return { position: seen, head: row.head, first, news, more: first === null && row.high < row.head };
    },
    overdue: (age, limit) =>
      readUnapplied(pool, { schema, subscription: name, category, after: seen, reach, age, limit }),
  };
}
