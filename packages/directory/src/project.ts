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
import { type RawBuilder, sql } from 'kysely';
import type { PoolClient } from 'pg';
import { queriesOn } from './tables.ts';

type Tables = ReturnType<typeof queriesOn>;

interface Aggregate {
  kind: AdministrationKind;
  id: string;
  version: number;
  position: number;
  recordedAt: string;
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
  const db = queriesOn(transaction, schema);
  const revision = sql<number>`nextval(${`${schema}.administration_revisions`})`;
  const aggregates = await loadAggregates(events, db);
  for (const event of events) {
    const aggregate = aggregates.get(event.streamId);
    if (aggregate === undefined || event.version <= aggregate.version) continue;
    const typed = typeEvent(event, aggregate.kind);
    aggregate.state = evolveAdministration(aggregate.state, typed);
    aggregate.version = event.version;
    aggregate.position = event.position;
    aggregate.recordedAt = event.recordedAt;
    aggregate.isChanged = true;
    await projectHistory(event, typed, db, revision);
  }
  const changed = [...aggregates.values()].filter(({ isChanged }) => isChanged);
  if (changed.length === 0) return;
  await saveAggregates(changed, db, revision);
  const customers = changed.filter(({ kind }) => kind === 'customer');
  if (customers.length > 0) await saveAddresses(customers, db);
}

function typeEvent(event: RecordedEvent, kind: AdministrationKind): AdministrationEvent {
  if (kindOfEvent(event.type) !== kind) {
    throw new Error(`A ${event.type} has no place in the stream ${event.streamId}`);
  }
  return { type: event.type, data: event.data } as AdministrationEvent;
}

async function loadAggregates(events: RecordedEvent[], db: Tables): Promise<Map<string, Aggregate>> {
  const aggregates = new Map<string, Aggregate>();
  for (const { streamId } of events) {
    const parsed = parseAdministrationStreamId(streamId);
    if (parsed === null) throw new Error(`"${streamId}" is not a stream of the administration`);
    aggregates.set(streamId, {
      ...parsed,
      version: 0,
      position: 0,
      recordedAt: '',
      state: null,
      isChanged: false,
    });
  }
  if (aggregates.size === 0) return aggregates;
  const rows = await db
    .selectFrom('administrationAggregates')
    .select(['kind', 'id', 'version', 'state'])
    .where(({ refTuple, tuple, eb }) =>
      eb(
        refTuple('kind', 'id'),
        'in',
        [...aggregates.values()].map(({ kind, id }) => tuple(kind, id)),
      ),
    )
    .execute();
  for (const { kind, id, version, state } of rows) {
    Object.assign(aggregates.get(`${kind}:${id}`) ?? {}, { version, state });
  }
  return aggregates;
}

async function saveAggregates(changed: Aggregate[], db: Tables, revision: RawBuilder<number>): Promise<void> {
  await db
    .insertInto('administrationAggregates')
    .values(
      changed.map(({ kind, id, version, position, recordedAt, state }) => ({
        ...{ kind, id, version, position, recordedAt, revision },
        // A catalog's content is kept by version, in a table of its own.
        state: state === null ? null : JSON.stringify('content' in state ? { digest: state.digest } : state),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['kind', 'id']).doUpdateSet(({ ref }) => ({
        version: ref('excluded.version'),
        position: ref('excluded.position'),
        recordedAt: ref('excluded.recordedAt'),
        state: ref('excluded.state'),
        revision: ref('excluded.revision'),
      })),
    )
    .execute();
}

async function saveAddresses(customers: Aggregate[], db: Tables): Promise<void> {
  const addresses = customers.flatMap(({ id, state }) =>
    ((state as Customer | null)?.contacts ?? []).flatMap((contact) => [
      ...contact.phones.map(({ e164 }) => ({
        customerId: id,
        contactId: contact.id,
        kind: 'phone' as const,
        address: e164,
      })),
      ...contact.emails.map((email) => ({
        customerId: id,
        contactId: contact.id,
        kind: 'email' as const,
        address: normaliseEmail(email),
      })),
    ]),
  );
  const ids = customers.map(({ id }) => id);
  await db.deleteFrom('administrationContactAddresses').where('customerId', 'in', ids).execute();
  const distinct = [...new Map(addresses.map((address) => [JSON.stringify(address), address])).values()];
  if (distinct.length === 0) return;
  // As arrays: 5,000 rows of values would hold the event loop while their 20,000 parameters are numbered.
  const column = (name: keyof (typeof distinct)[number]) => distinct.map((address) => address[name]);
  await db
    .insertInto('administrationContactAddresses')
    .columns(['customerId', 'contactId', 'kind', 'address'])
    .expression(
      sql`select * from unnest(${column('customerId')}::text[], ${column('contactId')}::text[],
        ${column('kind')}::text[], ${column('address')}::text[])`,
    )
    .execute();
}

/** Catalogs and calendars are kept as they were at any instant: a ticket's clocks ask for it. */
async function projectHistory(
  event: RecordedEvent,
  { type, data }: AdministrationEvent,
  db: Tables,
  revision: RawBuilder<number>,
): Promise<void> {
  if (type === 'CatalogPublished') {
    const catalog = event.streamId.slice('catalog:'.length);
    await saveCatalogVersion(catalog, event, data, db, revision);
  } else if (type === 'CalendarExceptionAdded') {
    // One for each date: should there be another, this one takes its place.
    await removeException(data, event, db, revision);
    await db
      .insertInto('administrationCalendarExceptions')
      .values({
        position: event.position,
        calendar: data.calendar,
        date: data.date,
        hours: JSON.stringify(data.hours),
        reason: data.reason,
        addedAt: event.recordedAt,
        source: data.source ?? null,
        revision,
      })
      .onConflict((conflict) => conflict.column('position').doNothing())
      .execute();
  } else if (type === 'CalendarExceptionRemoved') {
    await removeException(data, event, db, revision);
  }
}

async function removeException(
  { calendar, date }: { calendar: string; date: string },
  { position, recordedAt }: RecordedEvent,
  db: Tables,
  revision: RawBuilder<number>,
): Promise<void> {
  await db
    .updateTable('administrationCalendarExceptions')
    .set({ removedPosition: position, removedAt: recordedAt, revision })
    .where('calendar', '=', calendar)
    .where('date', '=', date)
    .where('removedPosition', 'is', null)
    .execute();
}

async function saveCatalogVersion(
  catalog: string,
  event: RecordedEvent,
  { version, digest, content }: AdministrationEventData<'CatalogPublished'>,
  db: Tables,
  revision: RawBuilder<number>,
): Promise<void> {
  await db
    .insertInto('administrationCatalogVersions')
    .values({
      catalog,
      version,
      position: event.position,
      publishedAt: event.recordedAt,
      digest,
      content: JSON.stringify(content),
      revision,
    })
    .onConflict((conflict) => conflict.columns(['catalog', 'version']).doNothing())
    .execute();
}
