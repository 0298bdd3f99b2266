import type { Migration } from '@ringback/event-log';

/** The service's migrations as version 0.1.0 had them, before there was a schedule. Never changed. */
export const firstRelease: Migration[] = [
  {
    name: '001-deadlines',
    sql: `
      -- Ticket ids are random, so each index on them costs a random page a ticket: there is one, and what few ask for
      -- (the open tickets of a catalog, for re-planning) is read along it. due_at: what deadlines holds of the ticket.
      create table sla_timer.tickets (
        ticket_id uuid primary key,
        version integer not null,
        catalog text,
        contract_id text,
        covered boolean not null,
        open boolean not null,
        unattended_since timestamptz(3),
        due_at timestamptz(3)[] not null
      ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
      create index tickets_uncovered on sla_timer.tickets (contract_id, ticket_id) where open and not covered;
      create index tickets_unattended on sla_timer.tickets (unattended_since) where unattended_since is not null;

      -- Narrow, and apart from everything else: rows come and go as deadlines move, and a look ahead must stay quick.
      create table sla_timer.deadlines (
        due_at timestamptz(3) not null,
        ticket_id uuid not null,
        shard smallint not null generated always as (get_byte(uuid_send(ticket_id), 15) % 64) stored,
        primary key (due_at, ticket_id)
      ) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);

      create table sla_timer.instances (
        instance uuid primary key,
        expires_at timestamptz(3) not null
      );
      create table sla_timer.shards (
        shard smallint primary key,
        owner uuid,
        epoch integer not null default 0,
        expires_at timestamptz(3) not null default '-infinity'
      ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
      insert into sla_timer.shards (shard) select * from generate_series(0, 63);

      create table sla_timer.replans (
        position bigint primary key,
        cause text not null,
        catalog text not null,
        contract_id text,
        recorded_at timestamptz(3) not null,
        after_ticket uuid not null default '00000000-0000-0000-0000-000000000000',
        done integer not null default 0,
        finished_at timestamptz(3)
      );
      create index replans_unfinished on sla_timer.replans (position) where finished_at is null;
    `,
  },
];
