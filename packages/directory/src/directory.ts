import { administrationStreamId, type Contract } from '@ringback/domain/administration';
import type { PlanInForce } from '@ringback/domain/service-level';
import { findRecovery, type PlanReference, type RecordedContract } from '@ringback/domain/ticket';
import { callListener, type EventLog, type Logger } from '@ringback/event-log';
import type { Pool } from 'pg';
import { createAuthentication, hashSecret } from './authentication.ts';
import { PlanUnknown } from './errors.ts';
import { createMemory } from './memory.ts';
import type { Directory } from './port.ts';
import { project } from './project.ts';
import { createSingleFlight } from './single-flight.ts';
import { createStoredDirectory } from './stored-directory.ts';

export interface DirectoryOptions {
  log: EventLog;
  pool: Pool;
  /** The service's own; migrated with `subscriptionMigrations` and `directoryMigrations`. */
  schema: string;
  logger: Logger;
  /** By the database's clock, epoch milliseconds: for the expiry of keys. Default: this machine's. */
  now?: () => number;
}

type ChangeListener = Parameters<Directory['onChanged']>[0];

/** How late this process can learn what another instance of the service has projected, milliseconds. */
const pollInterval = 500;
const catchUpPatience = 1_000;
const startPatience = 10_000;

/** A service's own projection of the administration: tables in its schema, and what is small in memory. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { log, pool, schema, logger, now = Date.now } = options;
  const memory = createMemory(pool, schema);
  const stored = createStoredDirectory(pool, schema);
  const listeners = new Set<ChangeListener>();
  let known = -1;
  let poll: NodeJS.Timeout | undefined;

  const subscription = log.subscribe({
    name: `${schema}.administration`,
    schema,
    category: 'administration',
    handle: (events, transaction) => project(events, transaction, schema),
    onCommitted: () => void refreshSoon(),
  });

  const refresh = createSingleFlight(async () => {
    // Before the tables are read: what they show is at least as new.
    const position = subscription.position();
    const changes = await memory.refresh();
    if (changes.length > 0) stored.forget(changes);
    known = Math.max(known, position);
    for (const { kind, id } of changes)
      for (const listener of listeners) callListener(listener, logger, kind, id);
  });

  /** A refresh that fails is made up for by the next poll. */
  async function refreshSoon(): Promise<void> {
    try {
      await refresh();
    } catch (error) {
      logger.warn({ schema, err: error }, 'the administration could not be read; it is tried again');
    }
  }

  async function whenProcessed(position: number, timeout: number): Promise<boolean> {
    if (known >= position) return true;
    const isProjected = await subscription.whenProcessed(position, timeout);
    if (!isProjected) return false;
    await refreshSoon();
    return known >= position;
  }

  // One at a time, however many ask: unknown keys and tokens must not cost the database a query each.
  const catchUp = createSingleFlight(async () => {
    try {
      const { position } = await log.head();
      await whenProcessed(position, catchUpPatience);
    } catch (error) {
      logger.warn({ schema, err: error }, 'the head of the log could not be read');
    }
  });

  function plansInForce(reference: PlanReference, openedAt: string): PlanInForce[] {
    const history = memory.catalogs.get(reference.catalog);
    if (history === undefined) {
      throw new PlanUnknown(reference.catalog, reference.catalogVersion, reference.plan);
    }
    return history.plansInForce(reference, openedAt);
  }

  async function recovery(contractId: string, openedAt: string): Promise<RecordedContract | null> {
    const id = administrationStreamId('contract', contractId);
    const events = await log.readStream({ category: 'administration', id });
    const definitions = events.map(({ data, recordedAt, position }) => ({
      contract: data as Contract,
      recordedAt,
      position,
    }));
    const planFor = ({ catalog, plan }: Contract) =>
      memory.catalogs.get(catalog)?.versionWithPlan(plan)?.content.plans[plan] ?? null;
    return findRecovery(definitions, planFor, openedAt);
  }

  return {
    subscription,
    async start() {
      await subscription.start();
      await refresh();
      poll = setInterval(() => void refreshSoon(), pollInterval);
      poll.unref();
      const { position } = await log.head();
      if (!(await whenProcessed(position, startPatience))) {
        logger.warn({ schema, position }, 'the administration is not up to date yet; it goes on catching up');
      }
    },
    async stop() {
      clearInterval(poll);
      await subscription.stop();
      await refresh().catch(() => {});
    },
    whenProcessed,
    catchUp,
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    authenticate: createAuthentication({ find: memory.apiKeyByHash, catchUp, now }),
    apiKey: (id) => memory.apiKeys.get(id) ?? null,
    customer: stored.customer,
    contract: stored.contract,
    contractsOf: stored.contractsOf,
    recovery,
    contactsByPhone: (e164) => stored.contactsBy('phone', e164),
    contactsByEmail: (address) => stored.contactsBy('email', address),
    integration: (id) => memory.integrations.get(id) ?? null,
    integrationByToken: (token) => memory.integrationByHash(hashSecret(token)),
    subscriptions: () => [...memory.subscriptions.values()],
    onCall: () => [...memory.onCall.values()],
    catalogs: () => [...memory.catalogs.values()].flatMap((catalog) => catalog.version() ?? []),
    catalog: (id, version) => memory.catalogs.get(id)?.version(version) ?? null,
    catalogWithPlan: (id, plan) => memory.catalogs.get(id)?.versionWithPlan(plan) ?? null,
    calendarExceptions: (catalog) => memory.catalogs.get(catalog)?.exceptions() ?? [],
    calendarFeeds: () =>
      [...memory.calendars.values()].flatMap(({ feed, exceptions: _, ...record }) =>
        typeof feed === 'string' ? [{ ...record, url: feed }] : [],
      ),
    list: stored.list,
    plansInForce,
    async plansForTicket({ contractId, standing, plan }, openedAt) {
      if (plan === null) return [];
      const plans = plansInForce(plan, openedAt);
      if (standing === 'active' || contractId === null) return plans;
      const recovered = await recovery(contractId, openedAt);
      return recovered === null ? plans : withRecovery(plans, contractId, recovered);
    },
  };
}

/** From the recording of the recovery on, the plan that is in force then covers the ticket. */
function withRecovery(
  plans: PlanInForce[],
  contractId: string,
  { recordedAt, position }: RecordedContract,
): PlanInForce[] {
  const from = Date.parse(recordedAt);
  const earlier = plans.filter((each) => each.from <= from);
  const current = earlier.at(-1);
  if (current === undefined) return plans;
  const cause = { kind: 'contract' as const, id: contractId, position };
  return [...earlier, { from, plan: current.plan, cause }, ...plans.slice(earlier.length)];
}
