import { type BigInteger, createQueries, type Json, type Queries, type Timestamp } from '@ringback/database';
import type { AdministrationKind, AdministrationState } from '@ringback/domain/administration';
import type { Catalog } from '@ringback/domain/catalog';
import type { Pool, PoolClient } from 'pg';

/** The projection's tables in a service's own schema, as the migrations leave them. */
export interface AdministrationTables {
  administrationAggregates: AggregateTable;
  administrationContactAddresses: ContactAddressTable;
  administrationCatalogVersions: CatalogVersionTable;
  administrationCalendarExceptions: CalendarExceptionTable;
}

interface AggregateTable {
  kind: AdministrationKind;
  id: string;
  version: number;
  position: BigInteger;
  recordedAt: Timestamp;
  /** Null: removed. A catalog's content is in `administrationCatalogVersions`. */
  state: Json<AdministrationState | null>;
  revision: BigInteger;
}

interface ContactAddressTable {
  customerId: string;
  contactId: string;
  kind: 'phone' | 'email';
  address: string;
}

interface CatalogVersionTable {
  catalog: string;
  version: number;
  position: BigInteger;
  publishedAt: Timestamp;
  digest: string;
  content: Json<Catalog>;
  revision: BigInteger;
}

interface CalendarExceptionTable {
  position: BigInteger;
  calendar: string;
  date: string;
  hours: Json<[string, string][]>;
  reason: string;
  source: 'feed' | null;
  addedAt: Timestamp;
  removedPosition: BigInteger | null;
  removedAt: Timestamp | null;
  revision: BigInteger;
}

/** Queries on the projection's tables in `schema`. */
export const queriesOn = (connection: Pool | PoolClient, schema: string): Queries<AdministrationTables> =>
  createQueries<AdministrationTables>(connection).withSchema(schema);
