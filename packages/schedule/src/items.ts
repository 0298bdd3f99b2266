import type { Pool, PoolClient } from 'pg';
import type { Due } from './due.ts';
import type { ItemTable } from './kind.ts';

type Connection = Pool | PoolClient;

/** As whose and in which epoch an instance owns the shard of an item. */
interface Tenure {
  instance: string;
  epoch: number;
}

/** The items of a kind in their table. Every change runs on the caller's connection, within its transaction if it has one. */
export interface Items {
  /** Adds items; those that are there stay. */
  put(connection: Connection, dues: Due[]): Promise<void>;
  /**
   * Makes these the only instants of each key (epoch milliseconds); an empty list removes the key. Callers that may
   * replace the same key at the same time lock something of it first, or the instants of both may stay.
   */
  replace(connection: Connection, keys: { key: string; dueAt: number[] }[]): Promise<void>;
  /** Removes single items. Resolves with those that were there: the others have fired, or were never put. */
  remove(connection: Connection, dues: Due[]): Promise<Due[]>;
  /** Items after `from` and before `to` (epoch milliseconds) of shards, earliest first, at most `limit`. */
  load(from: Due, to: number, shards: readonly number[], limit: number): Promise<Due[]>;
  /**
   * Deletes one in the transaction of its effect. `tenure`: only as long as this instance has its shard in this epoch.
   * From then on PostgreSQL ends a transaction that idles for `patience` milliseconds: frozen, a process would keep the
   * next owner of the shard waiting.
   */
  claim(transaction: PoolClient, due: Due, tenure: Tenure | null, patience: number): Promise<boolean>;
  /** How many there are. Counting a million takes a tenth of a second, so one count serves for ten seconds. */
  count(): Promise<number>;
  /** What comes before every key, to start a look with. */
  readonly beforeAll: string;
}

const countServesMilliseconds = 10_000;

export function createItems(pool: Pool, schema: string, { table, key: { column, type } }: ItemTable): Items {
  const counted = { value: 0, until: Number.NEGATIVE_INFINITY };
  const name = (what: string) => `schedule-${what}-${table}-1`;
  const array = `${type}[]`;
  const columns = (dues: Due[]) => [dues.map(({ dueAt }) => instant(dueAt)), dues.map(({ key }) => key)];

  async function put(connection: Connection, dues: Due[]): Promise<void> {
    if (dues.length === 0) return;
    await connection.query({
      name: name('put'),
      text: `insert into ${table} (due_at, ${column}) select * from unnest($1::timestamptz[], $2::${array})
        on conflict do nothing`,
      values: columns(dues),
    });
  }

  return {
    beforeAll: type === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '',
    put,
    async replace(connection, keys) {
      if (keys.length === 0) return;
      const dues = keys.flatMap(({ key, dueAt }) => dueAt.map((at) => ({ key, dueAt: at })));
      // Two statements: one that both deletes and inserts would not see its own deletions.
      await connection.query({
        name: name('clear'),
        text: `delete from ${table} d where d.${column} = any ($3::${array}) and not exists (
          select from unnest($1::timestamptz(3)[], $2::${array}) as n (due_at, key)
          where n.due_at = d.due_at and n.key = d.${column})`,
        values: [...columns(dues), keys.map(({ key }) => key)],
      });
      await put(connection, dues);
    },
    async remove(connection, dues) {
      if (dues.length === 0) return [];
      const { rows } = await connection.query<Row>({
        name: name('remove'),
        text: `delete from ${table} d using unnest($1::timestamptz(3)[], $2::${array}) as r (due_at, key)
          where d.due_at = r.due_at and d.${column} = r.key returning d.${column} as key, d.due_at`,
        values: columns(dues),
      });
      return rows.map(toDue);
    },
    async load(from, to, shards, limit) {
      const { rows } = await pool.query<Row>({
        name: name('load'),
        text: `select ${column} as key, due_at from ${table}
          where (due_at, ${column}) > ($1::timestamptz, $2::${type}) and due_at < $3 and shard = any ($4::smallint[])
          order by due_at, ${column} limit $5`,
        values: [instant(from.dueAt), from.key, instant(to), shards, limit],
      });
      return rows.map(toDue);
    },
    async claim(transaction, due, tenure, patience) {
      const { rowCount } = await transaction.query({
        name: name('claim'),
        text: `delete from ${table} d using set_config('idle_in_transaction_session_timeout', $5, true)
          where d.due_at = $1::timestamptz(3) and d.${column} = $2::${type}
          and ($3::uuid is null or exists (select from ${schema}.shards s
            where s.shard = d.shard and s.owner = $3 and s.epoch = $4))`,
        values: [
          instant(due.dueAt),
          due.key,
          tenure?.instance ?? null,
          tenure?.epoch ?? null,
          String(patience),
        ],
      });
      return rowCount === 1;
    },
    async count() {
      if (performance.now() >= counted.until) {
        counted.until = performance.now() + countServesMilliseconds;
        const { rows } = await pool.query<{ count: number }>(
          `select count(*)::float8 as count from ${table}`,
        );
        counted.value = rows[0]?.count ?? 0;
      }
      return counted.value;
    },
  };
}

interface Row {
  key: string;
  due_at: Date;
}

const toDue = ({ key, due_at }: Row): Due => ({ key, dueAt: due_at.getTime() });

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(9000, 0, 1);

/** ISO 8601, within what PostgreSQL and `Date` can both hold. */
export function instant(milliseconds: number): string {
  return new Date(Math.min(latest, Math.max(earliest, milliseconds))).toISOString();
}
