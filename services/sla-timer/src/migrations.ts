export const slaTimerMigrations = [
  {
    name: '001-deadlines',
    sql: `
      create table sla_timer.tickets (
        ticket_id text primary key,
        version integer not null,
        catalog text,
        open boolean not null
      );
      create index tickets_catalog on sla_timer.tickets (catalog, ticket_id) where open;

      -- Narrow, and apart from everything else: rows come and go as deadlines move, and a claim must stay quick.
      create table sla_timer.deadlines (
        ticket_id text not null,
        due_at timestamptz(3) not null,
        primary key (ticket_id, due_at)
      ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
      create index deadlines_due on sla_timer.deadlines (due_at, ticket_id);

      create table sla_timer.replannings (
        position bigint primary key,
        catalog text not null,
        cursor text not null default '',
        done integer not null default 0,
        finished_at timestamptz(3)
      );
    `,
  },
];
