import type {
  AdministrationKind,
  ApiKey,
  CalendarException,
  Contract,
  Customer,
  Integration,
  OnCall,
  Subscription,
} from '@ringback/domain/administration';
import type { Catalog } from '@ringback/domain/catalog';
import type { PlanInForce } from '@ringback/domain/service-level';
import type { Coverage, PlanReference, RecordedContract } from '@ringback/domain/ticket';
import type { LogSubscription } from '@ringback/event-log';

/** The state of an aggregate with its stream version (for `If-Match`) and the position it was last changed at. */
export type Defined<T> = T & { id: string; version: number; position: number; recordedAt: string };

export interface CatalogVersion {
  id: string;
  version: number;
  content: Catalog;
  digest: string;
  publishedAt: string;
  position: number;
}

export interface ExceptionRecord extends CalendarException {
  addedAt: string;
  removedAt: string | null;
  position: number;
}

/**
 * One service's projection of the administration's streams, in the service's own schema. What is small (catalogs,
 * calendars, integrations, subscriptions, keys) is held in memory, customers and contracts are read through a cache.
 */
export interface Directory {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly subscription: LogSubscription;
  /** Resolves once this projection holds everything up to `position`; false after `timeout` milliseconds. */
  whenProcessed(position: number, timeout: number): Promise<boolean>;
  /** Waits until this projection holds what the log holds now; a second at most. Does not reject. */
  catchUp(): Promise<void>;
  /** Told after each change that this projection has taken in. */
  onChanged(listener: (kind: AdministrationKind, id: string) => void): () => void;

  /** The key's record; null when it is unknown, revoked or expired. Catches up with the log before it says null. */
  authenticate(key: string): Promise<Defined<ApiKey> | null>;
  /** Null when the key is unknown (or not projected yet) or was revoked. An expired key is still returned. */
  apiKey(id: string): Defined<ApiKey> | null;
  customer(id: string): Promise<Defined<Customer> | null>;
  contract(id: string): Promise<Defined<Contract> | null>;
  contractsOf(customerId: string): Promise<Defined<Contract>[]>;
  /**
   * The definition by which this contract, not active when a ticket was opened, covers that opening after all: the
   * charge mark is lifted, and clocks that it brings start at its recording. Null: none does. Read from the log.
   */
  recovery(contractId: string, openedAt: string): Promise<RecordedContract | null>;
  contactsByPhone(e164: string): Promise<{ customerId: string; contactId: string }[]>;
  contactsByEmail(address: string): Promise<{ customerId: string; contactId: string }[]>;
  integration(id: string): Defined<Integration> | null;
  integrationByToken(token: string): Defined<Integration> | null;
  subscriptions(): Defined<Subscription>[];
  onCall(): Defined<OnCall>[];
  /** The latest version of each catalog. */
  catalogs(): CatalogVersion[];
  /** Null when there is no such catalog (or version). */
  catalog(id: string, version?: number): CatalogVersion | null;
  /** The latest version that has this plan: a later one may have dropped it while contracts still refer to it. */
  catalogWithPlan(id: string, plan: string): CatalogVersion | null;
  /** All that there ever were, by the order of recording; one that was taken back has `removedAt`. */
  calendarExceptions(catalog: string): ExceptionRecord[];
  /** The feeds that calendars follow; `id` is `catalog/calendar`. */
  calendarFeeds(): Defined<{ url: string }>[];
  list(
    kind: AdministrationKind,
    page: { after: string | null; limit: number },
  ): Promise<Defined<{ [field: string]: unknown }>[]>;

  /**
   * The compiled plan of a reference: first as it was known at `openedAt`, then as each later catalog version or
   * calendar exception (added or removed) changed it, from the instant of its recording on.
   */
  plansInForce(reference: PlanReference, openedAt: string): PlanInForce[];

  /**
   * The plans in force for a ticket with this coverage: `plansInForce` and, where its contract was not active but came
   * to cover the opening after all (`recovery`), that from its recording on. Empty without a plan.
   */
  plansForTicket(coverage: Coverage, openedAt: string): Promise<PlanInForce[]>;
}
