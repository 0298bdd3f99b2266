import type { PoolClient } from 'pg';
import type { Again, Due } from './due.ts';

export type KeyType = 'uuid' | 'text';

/** Where the items of a kind are kept: a narrow table with `due_at`, the key, and its shard (see `kindMigration`). */
export interface ItemTable {
  /** With its schema. */
  table: string;
  key: { column: string; type: KeyType };
}

/** What falls due in one way: the deadlines of tickets, the expiries of contracts, the steps of an escalation. */
export interface Kind extends ItemTable {
  /** Names it in logs, metrics and routes. Unique in its schedule. */
  name: string;
  /**
   * The effect of items that are due, oldest first, at most 500 at a time; one call at a time for each kind. It may be
   * called early by less than the offset of two clocks, twice, and by two instances at once, so the effect is
   * conditional: on the item itself (`firing.claim`, in the transaction of the effect) or on what the effect expects to
   * find (the version of a stream). A rejection with a fault of the connection fires all of them again; any other
   * rejection fires them one by one.
   */
  fire(dues: Due[], firing: Firing): Promise<Fired>;
  /** Items that were overdue in the table and not in memory: see `OverdueReason`. */
  onOverdue?(count: number, reason: OverdueReason): void;
}

/** `taken-over`: came due while no one watched their shard; `safety`: a wake-up was lost. */
export type OverdueReason = 'taken-over' | 'safety';

export interface Fired {
  /** To be fired again, at these instants. */
  again?: Again[];
  /** Could not be fired, for a reason that is not the connection's. */
  failed?: { due: Due; error: unknown }[];
}

/** What an effect is given besides its items. */
export interface Firing {
  /**
   * Deletes the item within the transaction of its effect. False when the item is no longer there, or when this
   * instance has lost the item's shard since it started to fire: then the effect must not happen. From here on
   * PostgreSQL ends the transaction if it idles for as long as a lease lasts.
   */
  claim(transaction: PoolClient, due: Due): Promise<boolean>;
}
