import type { Migration } from '@ringback/event-log';

/**
 * The administration's tables in a service's own schema. `revision` counts the writes in the order of their commits
 * (they hold the subscription's checkpoint row one after another), so that a reader finds what is new since it last
 * looked, also when a parked event is replayed long after its position.
 */
export function directoryMigrations(schema: string): Migration[] {
  return [
    {
      name: 'administration-001-tables',
      sql: `
        create sequence ${schema}.administration_revisions;

        create table ${schema}.administration_aggregates (
          kind text not null,
          id text collate "C" not null,
          version integer not null,
          position bigint not null,
          recorded_at timestamptz(3) not null,
          state jsonb,
          revision bigint not null,
          primary key (kind, id)
        );
        create index administration_aggregates_revision on ${schema}.administration_aggregates (revision);
        create index administration_contracts_of on ${schema}.administration_aggregates ((state->>'customerId'), id)
          where kind = 'contract';

        create table ${schema}.administration_contact_addresses (
          customer_id text not null,
          contact_id text not null,
          kind text not null,
          address text not null
        );
        create index administration_contact_addresses_customer
          on ${schema}.administration_contact_addresses (customer_id);
        create index administration_contact_addresses_address
          on ${schema}.administration_contact_addresses (address, kind);

        create table ${schema}.administration_catalog_versions (
          catalog text not null,
          version integer not null,
          position bigint not null,
          published_at timestamptz(3) not null,
          digest text not null,
          content jsonb not null,
          revision bigint not null,
          primary key (catalog, version)
        );
        create index administration_catalog_versions_revision
          on ${schema}.administration_catalog_versions (revision);

        create table ${schema}.administration_calendar_exceptions (
          position bigint primary key,
          calendar text not null,
          date text not null,
          hours jsonb not null,
          reason text not null,
          added_at timestamptz(3) not null,
          removed_position bigint,
          removed_at timestamptz(3),
          revision bigint not null
        );
        create index administration_calendar_exceptions_revision
          on ${schema}.administration_calendar_exceptions (revision);
        create index administration_calendar_exceptions_present
          on ${schema}.administration_calendar_exceptions (calendar, date) where removed_position is null;
      `,
    },
    {
      name: 'administration-002-feeds',
      sql: `alter table ${schema}.administration_calendar_exceptions add column source text;`,
    },
  ];
}
