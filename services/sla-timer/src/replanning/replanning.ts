import type { Directory } from '@ringback/directory';
import { parseAdministrationStreamId } from '@ringback/domain/administration';
import type { EventLog, LogSubscription, RecordedEvent } from '@ringback/event-log';
import type { TimerClock } from '@ringback/schedule';
import { createLoop } from '@ringback/worker';
import type { Pool, PoolClient } from 'pg';

export interface ReplanningOptions {
  log: EventLog;
  pool: Pool;
  directory: Pick<Directory, 'whenProcessed'>;
  /** The projection of the tickets: those that it does not know yet would be left out. */
  tickets: Pick<LogSubscription, 'whenProcessed'>;
  clock: TimerClock;
  /** Whether this instance does the work, of all that share it. */
  isResponsible(): boolean;
  /** Resolves when nothing is due: what is due goes first. */
  whenNothingIsDue(): Promise<void>;
  /** Decides these tickets again, appends and keeps what that says. */
  replan(ticketIds: string[]): Promise<void>;
  onError(error: unknown): void;
}

export interface Replanning {
  subscription: LogSubscription;
  start(): void;
  stop(): Promise<void>;
}

interface Replan {
  position: string;
  catalog: string;
  contract_id: string | null;
  recorded_at: Date;
  after_ticket: string;
}

const chunkSize = 100;
const pollMilliseconds = 1_000;
const backOff = { first: 1_000, longest: 10_000 };
const patienceMilliseconds = 5_000;
/** Amendments are rare, and what is appended to the log wakes this subscription too. */
const debounceMilliseconds = 100;

/**
 * A catalog, a calendar or a contract that changes touches tickets that are open: they are decided again in the
 * background, chunk by chunk. How far each has come is kept, so that a restart goes on where it was; a chunk that is
 * done twice changes nothing more.
 */
export function createReplanning(options: ReplanningOptions): Replanning {
  const { log, pool, isResponsible, onError } = options;
  let stopWaiting = () => {};
  const loop = createLoop({
    turn: async () => (isResponsible() && (await workOff(options)) ? 0 : pollMilliseconds),
    backOff,
    onError,
  });

  return {
    subscription: log.subscribe({
      name: 'sla_timer.replanning',
      schema: 'sla_timer',
      category: 'administration',
      debounce: debounceMilliseconds,
      handle: recordAmendments,
      onCommitted: loop.wake,
    }),
    start: () => void loop.start(),
    stop() {
      const stopped = loop.stop();
      stopWaiting();
      return stopped;
    },
  };

  /** Resolves earlier when this stops: while the database is away, what is due stays so. */
  async function whenNothingIsDue(): Promise<void> {
    if (loop.stopping) return;
    await new Promise<void>((resolve) => {
      stopWaiting = resolve;
      void options.whenNothingIsDue().then(resolve);
    });
  }

  /** The next chunk of the oldest replan. False when there was none, or when it must wait for a projection. */
  async function workOff({ directory, tickets, clock, replan }: ReplanningOptions): Promise<boolean> {
    const next = await findNext(pool);
    if (next === null) return false;
    const position = Number(next.position);
    const isProjected = await Promise.all([
      directory.whenProcessed(position, patienceMilliseconds),
      tickets.whenProcessed(position, patienceMilliseconds),
    ]);
    if (isProjected.includes(false)) return false;
    // The amendment counts from its recording: within that millisecond nothing would have changed yet.
    while ((await clock.ask()) < next.recorded_at.getTime() + 2) {
      if (loop.stopping) return false;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (await finishNeedless(pool, position)) return true;
    const ids = await touched(pool, next);
    if (ids.length > 0) {
      await whenNothingIsDue();
      if (loop.stopping) return false;
      await replan(ids);
    }
    await advance(pool, next, ids);
    return true;
  }
}

async function findNext(pool: Pool): Promise<Replan | null> {
  const { rows } = await pool.query<Replan>(
    `select position, catalog, contract_id, recorded_at, after_ticket
     from sla_timer.replans where finished_at is null order by position limit 1`,
  );
  return rows[0] ?? null;
}

/**
 * Finishes what would find nothing to do: contracts (thousands may be imported at once) that have no ticket opened
 * without their cover, and amendments of a catalog that a later one of it takes in along the way. True when the replan
 * at `position` was among them. Only as far as the tickets are known.
 */
async function finishNeedless(pool: Pool, position: number): Promise<boolean> {
  const { rows } = await pool.query<{ position: string }>(
    `update sla_timer.replans r set finished_at = clock_timestamp()
     where r.finished_at is null and r.done = 0
       and r.position <= (select c.position from sla_timer.checkpoints c where c.subscription = 'sla_timer.deadlines')
       and case when r.contract_id is null
         then exists (select from sla_timer.replans later where later.finished_at is null
           and later.contract_id is null and later.catalog = r.catalog and later.position > r.position)
         else not exists (select from sla_timer.tickets t
           where t.contract_id = r.contract_id and t.open and not t.covered) end
     returning r.position`,
  );
  return rows.some((row) => Number(row.position) === position);
}

/** A contract's tickets are those that it did not cover at their opening; a catalog's are all that are open. */
async function touched(pool: Pool, { catalog, contract_id, after_ticket }: Replan): Promise<string[]> {
  const { rows } = await pool.query<{ ticket_id: string }>(
    contract_id === null
      ? `select ticket_id from sla_timer.tickets
         where open and catalog = $1 and ticket_id > $2 order by ticket_id limit $3`
      : `select ticket_id from sla_timer.tickets
         where open and not covered and contract_id = $1 and ticket_id > $2 order by ticket_id limit $3`,
    [contract_id ?? catalog, after_ticket, chunkSize],
  );
  return rows.map(({ ticket_id }) => ticket_id);
}

/** Only from where the chunk began: another instance may have become responsible meanwhile. */
async function advance(pool: Pool, { position, after_ticket }: Replan, ids: string[]): Promise<void> {
  await pool.query(
    `update sla_timer.replans set after_ticket = coalesce($3, after_ticket), done = done + $4,
       finished_at = case when $5 then clock_timestamp() end
     where position = $1 and after_ticket = $2 and finished_at is null`,
    [position, after_ticket, ids[ids.length - 1] ?? null, ids.length, ids.length < chunkSize],
  );
}

async function recordAmendments(events: RecordedEvent[], transaction: PoolClient): Promise<void> {
  const amendments = events.flatMap(amendmentOf);
  if (amendments.length === 0) return;
  await transaction.query(
    `insert into sla_timer.replans (position, cause, catalog, contract_id, recorded_at)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     on conflict (position) do nothing`,
    [
      amendments.map(({ position }) => position),
      amendments.map(({ cause }) => cause),
      amendments.map(({ catalog }) => catalog),
      amendments.map(({ contractId }) => contractId),
      amendments.map(({ recordedAt }) => recordedAt),
    ],
  );
}

interface Amendment {
  position: number;
  cause: string;
  catalog: string;
  contractId: string | null;
  recordedAt: string;
}

function amendmentOf({ type, streamId, data, position, recordedAt }: RecordedEvent): Amendment[] {
  const id = parseAdministrationStreamId(streamId)?.id ?? '';
  const base = { position, recordedAt, cause: type };
  switch (type) {
    case 'CatalogPublished':
      return [{ ...base, catalog: id, contractId: null }];
    case 'CalendarExceptionAdded':
    case 'CalendarExceptionRemoved':
      return [{ ...base, catalog: String(data.calendar).split('/')[0] ?? '', contractId: null }];
    case 'ContractDefined':
      return [{ ...base, catalog: String(data.catalog), contractId: id }];
    default:
      return [];
  }
}
