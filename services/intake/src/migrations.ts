export const intakeMigrations = [
  {
    name: '001-intake',
    sql: `
      -- Reference numbers are taken by blocks, so that opening a ticket costs no round trip for its number.
      create sequence intake.reference_blocks minvalue 0 start 0;

      create table intake.namespace (only_row boolean primary key default true check (only_row), namespace uuid not null);
      insert into intake.namespace (namespace) values (gen_random_uuid());

      create table intake.deliveries (
        id bigint generated always as identity primary key,
        integration_id text not null,
        adapter text not null,
        received_at timestamptz(3) not null default clock_timestamp(),
        content_type text,
        query text not null,
        body bytea not null,
        digest text not null,
        repeats integer not null default 0,
        state text not null default 'pending',
        attempts integer not null default 0,
        next_attempt_at timestamptz(3) not null default clock_timestamp(),
        detail text,
        unique (integration_id, digest)
      );
      create index deliveries_pending on intake.deliveries (next_attempt_at, id) where state = 'pending';

      create table intake.calls (
        integration_id text not null,
        call_id text not null,
        direction text not null,
        call jsonb not null,
        caller_e164 text,
        ticket_id text,
        ended boolean not null,
        updated_at timestamptz(3) not null default clock_timestamp(),
        primary key (integration_id, call_id)
      );
      create index calls_caller on intake.calls (caller_e164, updated_at desc) where ticket_id is not null;
      create index calls_open on intake.calls (updated_at) where not ended;
    `,
  },
  {
    name: '002-calendar-feeds',
    sql: `
      -- When each calendar's feed was last read, and what came of it; the feeds themselves are in the log.
      create table intake.calendar_feeds (
        calendar text primary key,
        url text not null,
        next_read_at timestamptz(3) not null,
        read_at timestamptz(3),
        succeeded_at timestamptz(3),
        detail text,
        added integer not null default 0,
        removed integer not null default 0
      );
    `,
  },
  {
    name: '003-reference-shift',
    sql: `
      -- Installations count through different reference numbers. One that has opened tickets keeps its numbers.
      alter table intake.namespace add column reference_shift bigint not null default 0;
      update intake.namespace set reference_shift = floor(random() * 1e15)::bigint
      where not (select is_called from intake.reference_blocks);
    `,
  },
  {
    name: '004-delivery-tries',
    sql: `
      -- A try is counted before the work, so that a process that ends in the middle of one leaves a trace.
      alter table intake.deliveries
        add column unfinished smallint not null default 0,
        add column lease_owner uuid,
        add column leased_until timestamptz(3);
      drop index intake.deliveries_pending;
      create index deliveries_pending on intake.deliveries (id) where state = 'pending';
      create index deliveries_set_aside on intake.deliveries (id) where unfinished >= 3;
    `,
  },
  {
    name: '005-calendar-feeds-moved',
    sql: `
      -- The service administration keeps the table now. Where it has not started yet, it will take this one over.
      do $$
      begin
        if to_regclass('administration.calendar_feeds') is not null then
          drop table if exists intake.calendar_feeds;
        end if;
      end
      $$;
    `,
  },
  {
    name: '006-deliveries-by-age',
    sql: `
      -- They are stored in the order of their age, so a block range index finds the old ones, and costs nothing.
      create index deliveries_received on intake.deliveries using brin (received_at);
    `,
  },
];
