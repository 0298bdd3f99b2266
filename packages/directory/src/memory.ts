import type {
  AdministrationKind,
  AdministrationState,
  ApiKey,
  Calendar,
  Integration,
  OnCall,
  Subscription,
} from '@ringback/domain/administration';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { type CatalogHistory, createCatalogHistory } from './catalog-history.ts';
import type { Defined } from './port.ts';
import { queriesOn } from './tables.ts';

/** What changed in the tables since they were last read. */
export interface Change {
  kind: AdministrationKind;
  id: string;
}

interface AggregateRow {
  kind: AdministrationKind;
  id: string;
  version: number;
  position: number;
  recordedAt: Date;
  state: AdministrationState | null;
}

/** The small kinds, as the tables tell them. */
export interface Memory {
  readonly catalogs: ReadonlyMap<string, CatalogHistory>;
  readonly integrations: ReadonlyMap<string, Defined<Integration>>;
  readonly subscriptions: ReadonlyMap<string, Defined<Subscription>>;
  readonly onCall: ReadonlyMap<string, Defined<OnCall>>;
  readonly apiKeys: ReadonlyMap<string, Defined<ApiKey>>;
  readonly calendars: ReadonlyMap<string, Defined<Calendar>>;
  /** By the SHA-256 (hex) of the token or the key. */
  integrationByHash(hash: string): Defined<Integration> | null;
  apiKeyByHash(hash: string): Defined<ApiKey> | null;
  /** Reads what is new and returns what changed. Not to be called again before it has settled. */
  refresh(): Promise<Change[]>;
}

/** Many, and therefore read when they are asked for. */
const largeKinds: AdministrationKind[] = ['customer', 'contract'];
const pageSize = 1_000;

export function createMemory(pool: Pool, schema: string): Memory {
  const db = queriesOn(pool, schema);
  const catalogs = new Map<string, CatalogHistory>();
  const integrations = new Map<string, Defined<Integration>>();
  const subscriptions = new Map<string, Defined<Subscription>>();
  const onCall = new Map<string, Defined<OnCall>>();
  const apiKeys = new Map<string, Defined<ApiKey>>();
  const calendars = new Map<string, Defined<Calendar>>();
  const maps: { [K in AdministrationKind]?: Map<string, unknown> } = {
    integration: integrations,
    subscription: subscriptions,
    'on-call': onCall,
    'api-key': apiKeys,
    calendar: calendars,
  };
  const integrationHashes = createHashIndex(integrations, ({ tokenHash }) => tokenHash);
  const apiKeyHashes = createHashIndex(apiKeys, ({ hash }) => hash);
  /** Per table, the last revision that was read; null: nothing yet. */
  let aggregatesRead: number | null = null;
  let versionsRead = 0;
  let exceptionsRead = 0;
  /** What a refresh that failed half-way still owes to the next one. */
  let unreported: Change[] = [];
  let owesVersions = false;
  let owesExceptions = false;

  const historyOf = (catalog: string): CatalogHistory => {
    const known = catalogs.get(catalog);
    if (known !== undefined) return known;
    const made = createCatalogHistory(catalog);
    catalogs.set(catalog, made);
    return made;
  };

  async function readAggregates(): Promise<void> {
    const start: number | null = aggregatesRead === null ? await latestRevision() : null;
    let after = aggregatesRead ?? 0;
    for (;;) {
      const rows = await db
        .selectFrom('administrationAggregates')
        .select(['kind', 'id', 'version', 'position', 'recordedAt', 'revision'])
        .select((eb) =>
          eb
            .case()
            .when('kind', 'in', largeKinds)
            .then(sql<null>`null`)
            .else(eb.ref('state'))
            .end()
            .as('state'),
        )
        .where('revision', '>', after)
        .$if(start !== null, (query) => query.where('kind', 'not in', largeKinds))
        .orderBy('revision')
        .limit(pageSize)
        .execute();
      for (const row of rows) take(row);
      after = rows.at(-1)?.revision ?? after;
      if (rows.length < pageSize) break;
    }
    aggregatesRead = start ?? after;
  }

  /** The large kinds that were there at the start are no change: no one has asked for one of them yet. */
  async function latestRevision(): Promise<number> {
    const row = await db
      .selectFrom('administrationAggregates')
      .select((eb) => eb.fn.max('revision').as('revision'))
      .executeTakeFirst();
    return row?.revision ?? 0;
  }

  function take(row: AggregateRow): void {
    const map = maps[row.kind];
    if (row.state === null) map?.delete(row.id);
    else map?.set(row.id, toRecord(row));
    if (row.kind === 'integration') integrationHashes.stale();
    if (row.kind === 'api-key') apiKeyHashes.stale();
    owesVersions ||= row.kind === 'catalog';
    owesExceptions ||= row.kind === 'calendar';
    unreported.push({ kind: row.kind, id: row.id });
  }

  async function readCatalogVersions(): Promise<void> {
    const rows = await db
      .selectFrom('administrationCatalogVersions')
      .select(['catalog', 'version', 'position', 'publishedAt', 'digest', 'content', 'revision'])
      .where('revision', '>', versionsRead)
      .orderBy('revision')
      .execute();
    for (const { catalog, publishedAt, revision, ...version } of rows) {
      historyOf(catalog).putVersion({ ...version, id: catalog, publishedAt: publishedAt.toISOString() });
      versionsRead = revision;
    }
  }

  async function readExceptions(): Promise<void> {
    const rows = await db
      .selectFrom('administrationCalendarExceptions')
      .select(['position', 'calendar', 'date', 'hours', 'reason', 'source', 'addedAt'])
      .select(['removedPosition', 'removedAt', 'revision'])
      .where('revision', '>', exceptionsRead)
      .orderBy('revision')
      .execute();
    for (const { addedAt, removedAt, revision, source, ...exception } of rows) {
      const [catalog = ''] = exception.calendar.split('/');
      historyOf(catalog).putException({
        ...exception,
        ...(source === null ? {} : { source }),
        addedAt: addedAt.toISOString(),
        removedAt: removedAt?.toISOString() ?? null,
      });
      exceptionsRead = revision;
    }
  }

  return {
    catalogs,
    integrations,
    subscriptions,
    onCall,
    apiKeys,
    calendars,
    integrationByHash: integrationHashes.find,
    apiKeyByHash: apiKeyHashes.find,
    async refresh() {
      await readAggregates();
      if (owesVersions) await readCatalogVersions();
      owesVersions = false;
      if (owesExceptions) await readExceptions();
      owesExceptions = false;
      const changes = unreported;
      unreported = [];
      return changes;
    },
  };
}

export function toRecord<T>(row: AggregateRow): Defined<T> {
  return {
    ...(row.state as T),
    id: row.id,
    version: row.version,
    position: row.position,
    recordedAt: row.recordedAt.toISOString(),
  };
}

interface HashIndex<T> {
  /** The records have changed. */
  stale(): void;
  find(hash: string): Defined<T> | null;
}

function createHashIndex<T>(
  records: ReadonlyMap<string, Defined<T>>,
  hashOf: (record: Defined<T>) => string,
): HashIndex<T> {
  let byHash: Map<string, Defined<T>> | null = null;
  return {
    stale() {
      byHash = null;
    },
    find(hash) {
      byHash ??= new Map([...records.values()].map((record) => [hashOf(record), record]));
      return byHash.get(hash) ?? null;
    },
  };
}
