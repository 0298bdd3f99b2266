import type { Migration } from '@ringback/event-log';
import { foldStoredWords } from './projection/fold-stored-words.ts';

/** The read models: everything here can be dropped and made again from the log. */
export const queryMigrations: Migration[] = [
  {
    name: '001-tickets',
    sql: `
      create table query.tickets (
        ticket_id uuid primary key,
        reference text not null unique,
        version integer not null,
        position bigint not null,
        state text not null,
        customer_id text,
        contract_id text,
        covered boolean not null,
        catalog text,
        plan text,
        priority text not null,
        rank smallint not null,
        outage boolean not null,
        channel text not null,
        assignee text,
        search tsvector not null,
        opened_at timestamptz(3) not null,
        next_due_at timestamptz(3),
        ticket jsonb not null
      );
      create index tickets_opened on query.tickets (opened_at desc, ticket_id desc);
      create index tickets_customer on query.tickets (customer_id, opened_at desc, ticket_id desc);
      create index tickets_search on query.tickets using gin (search);
      create index tickets_queue on query.tickets
        (outage desc, covered desc, next_due_at asc nulls last, rank, opened_at, ticket_id) where state = 'open';

      create table query.deadlines (
        ticket_id uuid not null,
        objective text not null,
        occurrence integer not null,
        kind text not null,
        due_at timestamptz(3) not null,
        customer_id text,
        primary key (ticket_id, objective, occurrence, kind)
      );
      create index deadlines_due on query.deadlines (due_at, ticket_id, objective, occurrence, kind);

      create table query.breaches (
        position bigint primary key,
        event_id uuid not null,
        ticket_id uuid not null,
        customer_id text,
        kind text not null,
        objective text not null,
        occurrence integer not null,
        threshold_at timestamptz(3) not null,
        missed_at timestamptz(3) not null,
        recorded_at timestamptz(3) not null,
        retracted_at timestamptz(3)
      );
      create index breaches_ticket on query.breaches (ticket_id);
      create index breaches_customer on query.breaches (customer_id, position);
    `,
  },
  {
    name: '002-outcomes',
    sql: `
      -- One row for each occurrence of an objective. Instants rather than verdicts: they stay true while no event comes.
      create table query.outcomes (
        ticket_id uuid not null,
        objective text not null,
        occurrence integer not null,
        customer_id text,
        contract_id text,
        catalog text not null,
        plan text not null,
        priority text not null,
        month text not null,
        started_at timestamptz(3) not null,
        ended_at timestamptz(3),
        met_at timestamptz(3),
        due_at timestamptz(3),
        breached_at timestamptz(3),
        judged_from timestamptz(3),
        -- Where the deadline lies when the holds of nobody, of one party only, or of all are deducted.
        due_gross timestamptz(3),
        due_customer timestamptz(3),
        due_carrier timestamptz(3),
        due_manufacturer timestamptz(3),
        due_nobody timestamptz(3),
        due_all timestamptz(3),
        -- Milliseconds; null while the clock is open.
        served bigint,
        gross bigint,
        held_customer bigint,
        held_carrier bigint,
        held_manufacturer bigint,
        held_nobody bigint,
        primary key (ticket_id, objective, occurrence)
      );
      create index outcomes_started on query.outcomes (started_at);
      create index outcomes_customer on query.outcomes (customer_id, started_at);
    `,
  },
  {
    name: '003-unattended',
    sql: `
      create index tickets_unassigned on query.tickets (opened_at desc, ticket_id desc)
        where state = 'open' and assignee is null;
    `,
  },
  {
    // An instance of the release before cannot write these tables, and would park what it fails at: under the name of
    // its own subscription (`subscriptionName`), not of the one that is given here what it has done so far.
    name: '004-lists-are-indexes',
    sql: `
      -- Apart from the tickets: their words never change, and are most of what is known of them.
      create table query.words (
        ticket_id uuid primary key,
        words text not null,
        search tsvector not null generated always as (to_tsvector('simple', words)) stored
      );
      alter table query.words alter column words set statistics 0;
      insert into query.words (ticket_id, words)
      select ticket_id, concat_ws(' ', ticket->>'subject', ticket->>'description', ticket->>'email',
        ticket->'caller'->>'e164') from query.tickets;
      create index words_search on query.words using gin (search);
      alter table query.tickets drop column ticket, drop column search;

      -- Null: where the contract's own deadline lies. Infinity: nowhere, while that has one.
      update query.outcomes set
        due_gross = nullif(coalesce(due_gross, 'infinity'), coalesce(due_at, 'infinity')),
        due_customer = nullif(coalesce(due_customer, 'infinity'), coalesce(due_at, 'infinity')),
        due_carrier = nullif(coalesce(due_carrier, 'infinity'), coalesce(due_at, 'infinity')),
        due_manufacturer = nullif(coalesce(due_manufacturer, 'infinity'), coalesce(due_at, 'infinity')),
        due_nobody = nullif(coalesce(due_nobody, 'infinity'), coalesce(due_at, 'infinity')),
        due_all = nullif(coalesce(due_all, 'infinity'), coalesce(due_at, 'infinity')),
        held_customer = nullif(held_customer, 0), held_carrier = nullif(held_carrier, 0),
        held_manufacturer = nullif(held_manufacturer, 0), held_nobody = nullif(held_nobody, 0);
      comment on column query.outcomes.due_gross is 'Null: as due_at; infinity: none. So are the other readings.';
      comment on column query.outcomes.held_customer is 'Null: none, or the clock is open. So are the other parties.';

      update query.checkpoints set subscription = 'query.read-models-2' where subscription = 'query.read-models';
      update query.parked_events set subscription = 'query.read-models-2' where subscription = 'query.read-models';
      update query.applied_versions set subscription = 'query.read-models-2'
        where subscription = 'query.read-models';
      update query.foreign_messages set subscription = 'query.read-models-2'
        where subscription = 'query.read-models';
    `,
  },
  {
    name: '005-folded-words',
    sql: `comment on column query.words.words is 'Folded, see foldWords.'`,
    run: foldStoredWords,
  },
];
