import type { Pool } from 'pg';

/** What came of reading a feed. */
export interface FeedStatus {
  readAt: string | null;
  succeededAt: string | null;
  /** Why the last reading failed; null: it did not. */
  detail: string | null;
  /** Exceptions of the last reading that changed something. */
  added: number;
  removed: number;
}

export interface FeedStore {
  /** Takes a feed that is due, so that of several instances one reads it. */
  claim(calendar: string, url: string): Promise<boolean>;
  record(
    calendar: string,
    url: string,
    outcome: Pick<FeedStatus, 'added' | 'removed' | 'detail'>,
  ): Promise<FeedStatus>;
  status(calendar: string): Promise<FeedStatus | null>;
  forget(calendar: string): Promise<void>;
}

interface Row {
  read_at: Date | null;
  succeeded_at: Date | null;
  detail: string | null;
  added: number;
  removed: number;
}

const columns = 'read_at, succeeded_at, detail, added, removed';

export function createFeedStore(pool: Pool): FeedStore {
  return {
    async claim(calendar, url) {
      const { rowCount } = await pool.query(
        `insert into administration.calendar_feeds as f (calendar, url, next_read_at)
         values ($1, $2, clock_timestamp() + interval '5 minutes')
         on conflict (calendar) do update set url = excluded.url, next_read_at = excluded.next_read_at
         where f.next_read_at <= clock_timestamp() or f.url <> excluded.url`,
        [calendar, url],
      );
      return rowCount === 1;
    },
    async record(calendar, url, { added, removed, detail }) {
      const { rows } = await pool.query<Row>(
        `insert into administration.calendar_feeds as f (calendar, url, next_read_at, read_at, succeeded_at, detail, added, removed)
         values ($1, $2, clock_timestamp() + case when $3::text is null then interval '1 hour' else interval '10 minutes' end,
           clock_timestamp(), case when $3::text is null then clock_timestamp() end, $3, $4, $5)
         on conflict (calendar) do update set url = excluded.url, next_read_at = excluded.next_read_at,
           read_at = excluded.read_at, succeeded_at = coalesce(excluded.succeeded_at, f.succeeded_at),
           detail = excluded.detail, added = excluded.added, removed = excluded.removed
         returning ${columns}`,
        [calendar, url, detail?.slice(0, 500) ?? null, added, removed],
      );
      return represent(rows[0] as Row);
    },
    async status(calendar) {
      const { rows } = await pool.query<Row>(
        `select ${columns} from administration.calendar_feeds where calendar = $1`,
        [calendar],
      );
      return rows[0] === undefined ? null : represent(rows[0]);
    },
    async forget(calendar) {
      await pool.query('delete from administration.calendar_feeds where calendar = $1', [calendar]);
    },
  };
}

function represent({ read_at, succeeded_at, detail, added, removed }: Row): FeedStatus {
  return {
    readAt: read_at?.toISOString() ?? null,
    succeededAt: succeeded_at?.toISOString() ?? null,
    detail,
    added,
    removed,
  };
}
