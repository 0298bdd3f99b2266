import type { Migration } from './migrate.ts';

/** The log's own tables, in schema `log`. */
export const logMigrations: Migration[] = [
  {
    name: '001-log',
    sql: `
      create table log.head (
        only_row boolean primary key default true check (only_row),
        position bigint not null,
        recorded_at timestamptz(3) not null
      ) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
      insert into log.head (position, recorded_at) values (0, date_trunc('milliseconds', clock_timestamp()));

      create table log.events (
        position bigint primary key,
        category text not null,
        stream_id text not null,
        version integer not null,
        event_id uuid not null,
        type text not null,
        v smallint not null,
        data jsonb not null,
        metadata jsonb not null,
        occurred_at timestamptz(3) not null,
        recorded_at timestamptz(3) not null,
        constraint events_stream_version unique (stream_id, version)
      );
      create index events_administration on log.events (position) where category = 'administration';

      create table log.commands (
        id text primary key,
        fingerprint text not null,
        position bigint not null,
        recorded_at timestamptz(3) not null,
        streams jsonb not null,
        result jsonb
      );
    `,
  },
  {
    name: '002-relays',
    sql: `
      create table log.relays (
        name text primary key,
        position bigint not null default 0,
        owner text,
        epoch bigint not null default 0,
        expires_at timestamptz
      ) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
    `,
  },
  {
    name: '003-identity',
    sql: `
      create table log.identity (
        only_row boolean primary key default true check (only_row),
        id uuid not null default gen_random_uuid()
      );
      insert into log.identity default values;
    `,
  },
  {
    name: '004-categories',
    sql: `
      -- Every category but that of tickets, which is most of the log: one index for all that will come.
      create index events_of_small_categories on log.events (category, position) where category <> 'ticket';
      drop index log.events_administration;
    `,
  },
  {
    name: '005-commands-by-age',
    sql: `
      -- Commands are stored in the order of their recording: a block range index finds the old ones, and costs nothing.
      create index commands_recorded on log.commands using brin (recorded_at);
    `,
  },
];

/** What a consumer's schema needs for its subscriptions. */
export function subscriptionMigrations(schema: string): Migration[] {
  return [
    {
      name: '000-subscriptions',
      sql: `
        create table ${schema}.checkpoints (
          subscription text primary key,
          position bigint not null
        ) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

        create table ${schema}.parked_events (
          subscription text not null,
          stream_id text not null,
          position bigint not null,
          error text not null,
          parked_at timestamptz(3) not null default clock_timestamp(),
          primary key (subscription, position)
        );
      `,
    },
    {
      name: '000-subscriptions-kafka',
      sql: `
        create table ${schema}.applied_versions (
          subscription text not null,
          stream_id text collate "C" not null,
          version integer not null,
          position bigint not null,
          primary key (subscription, stream_id)
        ) with (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
        create index applied_versions_position on ${schema}.applied_versions (subscription, position);

        create table ${schema}.foreign_messages (
          subscription text not null,
          topic text not null,
          partition integer not null,
          "offset" bigint not null,
          reason text not null,
          excerpt text not null,
          seen_at timestamptz(3) not null default clock_timestamp(),
          primary key (subscription, topic, partition, "offset")
        );
      `,
    },
    {
      name: '000-subscriptions-in-hand',
      sql: `
        create table ${schema}.batches_in_hand (
          subscription text not null,
          process uuid not null,
          positions bigint[] not null,
          primary key (subscription, process)
        );
        -- What was in hand when a process ended.
        create table ${schema}.suspect_events (
          subscription text not null,
          position bigint not null,
          ends integer not null,
          primary key (subscription, position)
        );
      `,
    },
  ];
}
