import type { Migration } from '@ringback/event-log';
import type { Kind } from './kind.ts';
import { shardCount, shardOfSql } from './shards/shard.ts';

/** What a schedule needs in the schema of its service, whatever its kinds: who is alive, who watches which shard, what went wrong. */
export function scheduleMigrations(schema: string): Migration[] {
  return [
    {
      name: '000-schedule',
      sql: `
        create table if not exists ${schema}.instances (
          instance uuid primary key,
          expires_at timestamptz(3) not null
        );
        create table if not exists ${schema}.shards (
          shard smallint primary key,
          owner uuid,
          epoch integer not null default 0,
          expires_at timestamptz(3) not null default '-infinity'
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
        insert into ${schema}.shards (shard) select * from generate_series(0, ${shardCount - 1}) on conflict do nothing;
      `,
    },
    {
      name: '001-schedule-attempts',
      sql: `
        -- Keys whose firing is counted, has failed, or is set aside; empty in normal operation.
        create table ${schema}.firing_attempts (
          kind text not null,
          key text not null,
          due_at timestamptz(3),
          attempts integer not null default 0,
          failures integer not null default 0,
          error text,
          retry_at timestamptz(3),
          set_aside_at timestamptz(3),
          instance uuid,
          primary key (kind, key)
        );
      `,
    },
  ];
}

/**
 * The table of a kind: narrow, and apart from everything else, because rows come and go as instants move and a look
 * ahead must stay quick. The second index finds the items of a key (`replace`, `remove`).
 */
export function kindMigration({ name, table, key }: Pick<Kind, 'name' | 'table' | 'key'>): Migration {
  const type = key.type === 'uuid' ? 'uuid' : 'text collate "C"';
  return {
    name: `000-schedule-${name}`,
    sql: `
      create table ${table} (
        due_at timestamptz(3) not null,
        ${key.column} ${type} not null,
        shard smallint not null generated always as (${shardOfSql(key.column, key.type)}) stored,
        primary key (due_at, ${key.column})
      ) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
      create index on ${table} (${key.column});
    `,
  };
}
