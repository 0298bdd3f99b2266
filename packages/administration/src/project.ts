import {
  type AdministrationEvent,
  type AdministrationEventData,
  type AdministrationKind,
  type AdministrationState,
  type Customer,
  evolveAdministration,
  kindOfEvent,
  normaliseEmail,
  parseAdministrationStreamId,
} from '@ringback/domain/administration';
import type { RecordedEvent } from '@ringback/event-log';
import type { PoolClient } from 'pg';

interface Aggregate {
  kind: AdministrationKind;
  id: string;
  version: number;
  position: number;
  recorded_at: string;
  state: AdministrationState | null;
  isChanged: boolean;
}

/**
 * The effect of a batch of administration events on the tables in `schema`. An event that an aggregate has taken in
 * before changes nothing.
 */
export async function project(
  events: RecordedEvent[],
  transaction: PoolClient,
  schema: string,
): Promise<void> {
  const aggregates = await loadAggregates(events, transaction, schema);
  for (const event of events) {
    const aggregate = aggregates.get(event.streamId);
    if (aggregate === undefined || event.version <= aggregate.version) continue;
    const typed = typeEvent(event, aggregate.kind);
    aggregate.state = evolveAdministration(aggregate.state, typed);
    aggregate.version = event.version;
    aggregate.position = event.position;
    aggregate.recorded_at = event.recordedAt;
    aggregate.isChanged = true;
    await projectHistory(event, typed, transaction, schema);
  }
  const changed = [...aggregates.values()].filter(({ isChanged }) => isChanged);
  if (changed.length === 0) return;
  await saveAggregates(changed, transaction, schema);
  const customers = changed.filter(({ kind }) => kind === 'customer');
  if (customers.length > 0) await saveAddresses(customers, transaction, schema);
}

function typeEvent(event: RecordedEvent, kind: AdministrationKind): AdministrationEvent {
  if (kindOfEvent(event.type) !== kind) {
    throw new Error(`A ${event.type} has no place in the stream ${event.streamId}`);
  }
  return { type: event.type, data: event.data } as AdministrationEvent;
}

async function loadAggregates(
  events: RecordedEvent[],
  transaction: PoolClient,
  schema: string,
): Promise<Map<string, Aggregate>> {
  const aggregates = new Map<string, Aggregate>();
  for (const { streamId } of events) {
    const parsed = parseAdministrationStreamId(streamId);
    if (parsed === null) throw new Error(`"${streamId}" is no stream of the administration`);
    aggregates.set(streamId, {
      ...parsed,
      version: 0,
      position: 0,
      recorded_at: '',
      state: null,
      isChanged: false,
    });
  }
  const wanted = [...aggregates.values()];
  const { rows } = await transaction.query<{
    kind: string;
    id: string;
    version: number;
    state: AdministrationState | null;
  }>(
    `select kind, id, version, state from ${schema}.administration_aggregates
     where (kind, id) in (select * from unnest($1::text[], $2::text[]))`,
    [wanted.map(({ kind }) => kind), wanted.map(({ id }) => id)],
  );
  for (const { kind, id, version, state } of rows) {
    Object.assign(aggregates.get(`${kind}:${id}`) ?? {}, { version, state });
  }
  return aggregates;
}

async function saveAggregates(changed: Aggregate[], transaction: PoolClient, schema: string): Promise<void> {
  // A catalog's content is kept by version, in a table of its own.
  const rows = changed.map(({ state, ...aggregate }) => ({
    ...aggregate,
    state: state !== null && 'content' in state ? { digest: state.digest } : state,
  }));
  await transaction.query(
    `insert into ${schema}.administration_aggregates (kind, id, version, position, recorded_at, state, revision)
     select kind, id, version, position, recorded_at, nullif(state, 'null'::jsonb),
       nextval('${schema}.administration_revisions')
     from jsonb_to_recordset($1::jsonb) as changed
       (kind text, id text, version integer, position bigint, recorded_at timestamptz, state jsonb)
     on conflict (kind, id) do update set version = excluded.version, position = excluded.position,
       recorded_at = excluded.recorded_at, state = excluded.state, revision = excluded.revision`,
    [JSON.stringify(rows)],
  );
}

async function saveAddresses(customers: Aggregate[], transaction: PoolClient, schema: string): Promise<void> {
  const addresses = customers.flatMap(({ id, state }) =>
    ((state as Customer | null)?.contacts ?? []).flatMap((contact) => [
      ...contact.phones.map(({ e164 }) => ({
        customerId: id,
        contactId: contact.id,
        kind: 'phone',
        address: e164,
      })),
      ...contact.emails.map((email) => ({
        customerId: id,
        contactId: contact.id,
        kind: 'email',
        address: normaliseEmail(email),
      })),
    ]),
  );
  await transaction.query(
    `delete from ${schema}.administration_contact_addresses where customer_id = any ($1::text[])`,
    [customers.map(({ id }) => id)],
  );
  await transaction.query(
    `insert into ${schema}.administration_contact_addresses (customer_id, contact_id, kind, address)
     select distinct * from unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
    [
      addresses.map(({ customerId }) => customerId),
      addresses.map(({ contactId }) => contactId),
      addresses.map(({ kind }) => kind),
      addresses.map(({ address }) => address),
    ],
  );
}

/** Catalogs and calendars are kept as they were at any instant: a ticket's clocks ask for it. */
async function projectHistory(
  event: RecordedEvent,
  { type, data }: AdministrationEvent,
  transaction: PoolClient,
  schema: string,
): Promise<void> {
  if (type === 'CatalogPublished') {
    const catalog = event.streamId.slice('catalog:'.length);
    await saveCatalogVersion(catalog, event, data, transaction, schema);
  } else if (type === 'CalendarExceptionAdded') {
    // One for each date: should there be another, this one takes its place.
    await removeException(data, event, transaction, schema);
    await transaction.query(
      `insert into ${schema}.administration_calendar_exceptions
         (position, calendar, date, hours, reason, added_at, source, revision)
       values ($1, $2, $3, $4, $5, $6, $7, nextval('${schema}.administration_revisions'))
       on conflict (position) do nothing`,
      [
        event.position,
        data.calendar,
        data.date,
        JSON.stringify(data.hours),
        data.reason,
        event.recordedAt,
        data.source ?? null,
      ],
    );
  } else if (type === 'CalendarExceptionRemoved') {
    await removeException(data, event, transaction, schema);
  }
}

async function removeException(
  { calendar, date }: { calendar: string; date: string },
  { position, recordedAt }: RecordedEvent,
  transaction: PoolClient,
  schema: string,
): Promise<void> {
  await transaction.query(
    `update ${schema}.administration_calendar_exceptions
     set removed_position = $3, removed_at = $4, revision = nextval('${schema}.administration_revisions')
     where calendar = $1 and date = $2 and removed_position is null`,
    [calendar, date, position, recordedAt],
  );
}

async function saveCatalogVersion(
  catalog: string,
  event: RecordedEvent,
  { version, digest, content }: AdministrationEventData<'CatalogPublished'>,
  transaction: PoolClient,
  schema: string,
): Promise<void> {
  await transaction.query(
    `insert into ${schema}.administration_catalog_versions
       (catalog, version, position, published_at, digest, content, revision)
     values ($1, $2, $3, $4, $5, $6, nextval('${schema}.administration_revisions'))
     on conflict (catalog, version) do nothing`,
    [catalog, version, event.position, event.recordedAt, digest, JSON.stringify(content)],
  );
}
