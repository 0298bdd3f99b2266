import type { AdministrationKind, Contract, Customer } from '@ringback/domain/administration';
import { normaliseEmail } from '@ringback/domain/administration';
import { createLruCache } from '@ringback/domain/common';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { type Change, toRecord } from './memory.ts';
import type { Defined } from './port.ts';
import { queriesOn } from './tables.ts';

const customersKept = 5_000;
const contractsKept = 10_000;
/** A customer has up to 1,000 contacts: what is kept is bounded by its size too, in characters of JSON. */
const charactersKept = 20_000_000;

const cacheOf = <V>(entries: number) =>
  createLruCache<V>({
    entries,
    weight: charactersKept,
    weigh: (value) => JSON.stringify(value).length,
  });

/** Customers and contracts: many, so they are read when they are asked for, through a cache. */
export interface StoredDirectory {
  customer(id: string): Promise<Defined<Customer> | null>;
  contract(id: string): Promise<Defined<Contract> | null>;
  contractsOf(customerId: string): Promise<Defined<Contract>[]>;
  contactsBy(kind: 'phone' | 'email', address: string): Promise<{ customerId: string; contactId: string }[]>;
  list(
    kind: AdministrationKind,
    page: { after: string | null; limit: number },
  ): Promise<Defined<{ [field: string]: unknown }>[]>;
  /** What was read before these changes is read again. */
  forget(changes: Change[]): void;
}

export function createStoredDirectory(pool: Pool, schema: string): StoredDirectory {
  const db = queriesOn(pool, schema);
  const aggregates = (kind: AdministrationKind) =>
    db
      .selectFrom('administrationAggregates')
      .select(['kind', 'id', 'version', 'position', 'recordedAt', 'state'])
      .where('kind', '=', kind)
      .where('state', 'is not', null);
  const customers = cacheOf<Defined<Customer>>(customersKept);
  const contracts = cacheOf<Defined<Contract>>(contractsKept);
  const contractsByCustomer = cacheOf<Defined<Contract>[]>(customersKept);
  /** What was asked before a change may be answered after it: such an answer is not kept. */
  let generation = 0;

  async function read<T>(
    kind: AdministrationKind,
    id: string,
    cache: { set(id: string, value: Defined<T>): void },
  ) {
    const asked = generation;
    const row = await aggregates(kind).where('id', '=', id).executeTakeFirst();
    if (row === undefined) return null;
    const record = toRecord<T>(row);
    if (asked === generation) cache.set(id, record);
    return record;
  }

  return {
    customer: async (id) => customers.get(id) ?? (await read('customer', id, customers)),
    contract: async (id) => contracts.get(id) ?? (await read('contract', id, contracts)),
    async contractsOf(customerId) {
      const known = contractsByCustomer.get(customerId);
      if (known !== undefined) return known;
      const asked = generation;
      const rows = await aggregates('contract')
        .where(sql`state->>'customerId'`, '=', customerId)
        .orderBy('id')
        .execute();
      const records = rows.map((row) => toRecord<Contract>(row));
      if (asked === generation) contractsByCustomer.set(customerId, records);
      return records;
    },
    async contactsBy(kind, address) {
      return await db
        .selectFrom('administrationContactAddresses')
        .select(['customerId', 'contactId'])
        .where('address', '=', kind === 'email' ? normaliseEmail(address) : address)
        .where('kind', '=', kind)
        .orderBy('customerId')
        .orderBy('contactId')
        .execute();
    },
    async list(kind, { after, limit }) {
      const rows = await aggregates(kind)
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => toRecord<{ [field: string]: unknown }>(row));
    },
    forget(changes) {
      generation += 1;
      for (const { kind, id } of changes) {
        if (kind === 'customer') customers.delete(id);
        if (kind === 'contract') contracts.delete(id);
      }
      // The contract may have been another customer's before; such changes are rare, so all are read again.
      if (changes.some(({ kind }) => kind === 'contract')) contractsByCustomer.clear();
    },
  };
}
