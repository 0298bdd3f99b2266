import type { Pool } from 'pg';
import type { Due } from '../due.ts';
import { instant } from '../items.ts';

/** What is recorded of a key whose firing is being counted, has failed, or is set aside. */
export interface Attempt {
  key: string;
  /** The item that was in hand, epoch milliseconds; null: fired on request, without an item. */
  dueAt: number | null;
  /** Begun and not ended; counted before the work. */
  attempts: number;
  /** How often in a row its effect has failed. */
  failures: number;
  error: string | null;
  /** Epoch milliseconds: after a failure, when it is tried again. */
  retryAt: number | null;
  /** Epoch milliseconds: not fired again until it is released. */
  setAsideAt: number | null;
  /** The instance that began the attempt. */
  instance: string | null;
  /** That instance is alive, so the attempt may still end. */
  isInHand: boolean;
}

/** Who is counted: by key, with the instant of the item in hand. */
export interface Counted {
  key: string;
  dueAt: number | null;
}

/** `<schema>.firing_attempts` of one kind: empty in normal operation. Changes are committed at once. */
export interface Attempts {
  list(): Promise<Attempt[]>;
  /** Counts an attempt of each key before it is made; one that this instance has begun before is not counted again. */
  begin(keys: Counted[]): Promise<void>;
  /** The attempts have ended well. */
  end(keys: string[]): Promise<void>;
  /** The attempt has ended with an error; the next is at `retryAt`, epoch milliseconds. */
  fail(key: Counted, error: string, retryAt: number): Promise<void>;
  /** False when it is set aside already. */
  setAside(key: Counted, error: string): Promise<boolean>;
  /** Lets a key be fired again at once; one that was set aside has a single attempt. False: it was not stuck. */
  release(key: string): Promise<boolean>;
  /** Forgets keys whose item is no longer in the table: nothing is left to fire. */
  forgetGone(): Promise<void>;
}

export interface AttemptsOptions {
  pool: Pool;
  schema: string;
  kind: string;
  /** The kind's table and the column of its keys. */
  table: string;
  column: string;
  instance: string;
  /** After so many counted attempts without an end a key is set aside. */
  maximum: number;
}

const maximumErrorLength = 2_000;

interface Row {
  key: string;
  due_at: Date | null;
  attempts: number;
  failures: number;
  error: string | null;
  retry_at: Date | null;
  set_aside_at: Date | null;
  instance: string | null;
  is_in_hand: boolean;
}

export function createAttempts(options: AttemptsOptions): Attempts {
  const { pool, schema, kind, table, column, instance, maximum } = options;
  const attempts = `${schema}.firing_attempts`;
  const instances = `${schema}.instances`;
  const columns = `a.key, a.due_at, a.attempts, a.failures, a.error, a.retry_at, a.set_aside_at, a.instance,
    exists (select from ${instances} i where i.instance = a.instance and i.expires_at > clock_timestamp()) as is_in_hand`;
  return {
    async list() {
      const { rows } = await pool.query<Row>({
        name: `schedule-attempts-${schema}-1`,
        text: `select ${columns} from ${attempts} a where a.kind = $1 order by a.due_at, a.key`,
        values: [kind],
      });
      return rows.map(toAttempt);
    },
    async begin(keys) {
      await pool.query(
        `insert into ${attempts} as a (kind, key, due_at, attempts, instance)
         select $1, key, due_at, 1, $4 from unnest($2::text[], $3::timestamptz[]) as k (key, due_at)
         on conflict (kind, key) do update set
           attempts = a.attempts + case when a.instance = excluded.instance and a.attempts > 0 then 0 else 1 end,
           instance = excluded.instance, due_at = coalesce(excluded.due_at, a.due_at)`,
        [
          kind,
          keys.map(({ key }) => key),
          keys.map(({ dueAt }) => (dueAt === null ? null : instant(dueAt))),
          instance,
        ],
      );
    },
    async end(keys) {
      await pool.query(
        `delete from ${attempts} where kind = $1 and key = any ($2) and set_aside_at is null`,
        [kind, keys],
      );
    },
    async fail({ key, dueAt }, error, retryAt) {
      await pool.query(
        `insert into ${attempts} as a (kind, key, due_at, failures, error, retry_at, instance)
         values ($1, $2, $3, 1, $4, $5, $6)
         on conflict (kind, key) do update set attempts = 0, failures = a.failures + 1, error = excluded.error,
           retry_at = excluded.retry_at, instance = excluded.instance, due_at = coalesce(excluded.due_at, a.due_at)`,
        [kind, key, dueAt === null ? null : instant(dueAt), shorten(error), instant(retryAt), instance],
      );
    },
    async setAside({ key, dueAt }, error) {
      const { rowCount } = await pool.query(
        `update ${attempts} set set_aside_at = clock_timestamp(), error = $4, retry_at = null,
           due_at = coalesce($3, due_at)
         where kind = $1 and key = $2 and set_aside_at is null`,
        [kind, key, dueAt === null ? null : instant(dueAt), shorten(error)],
      );
      return rowCount === 1;
    },
    async release(key) {
      const { rowCount } = await pool.query(
        `update ${attempts} set attempts = case when set_aside_at is null then attempts else $3 end, failures = 0,
           retry_at = null, set_aside_at = null, instance = null
         where kind = $1 and key = $2 and (set_aside_at is not null or failures > 0)`,
        [kind, key, maximum - 1],
      );
      return rowCount === 1;
    },
    async forgetGone() {
      await pool.query(
        `delete from ${attempts} a where a.kind = $1 and a.due_at is not null
           and not exists (select from ${table} d where d.due_at = a.due_at and d.${column}::text = a.key)`,
        [kind],
      );
    },
  };
}

const shorten = (error: string): string => error.slice(0, maximumErrorLength);

function toAttempt(row: Row): Attempt {
  return {
    key: row.key,
    dueAt: row.due_at?.getTime() ?? null,
    attempts: row.attempts,
    failures: row.failures,
    error: row.error,
    retryAt: row.retry_at?.getTime() ?? null,
    setAsideAt: row.set_aside_at?.getTime() ?? null,
    instance: row.instance,
    isInHand: row.is_in_hand,
  };
}

export const countedOf = ({ key, dueAt }: Due): Counted => ({
  key,
  dueAt: Number.isFinite(dueAt) ? dueAt : null,
});
