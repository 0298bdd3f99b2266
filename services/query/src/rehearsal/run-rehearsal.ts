import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ClockEvent,
  compareReadings,
  count,
  figuresOf,
  newTally,
  type PlanReading,
  readUnder,
  representFigures,
  type Tally,
  toClockEvents,
  toInstant,
} from '@ringback/domain/service-level';
import { asTicketEvent, foldTicket } from '@ringback/domain/ticket';
import type { RecordedEvent } from '@ringback/event-log';
import type { QueryContext } from '../context.ts';
import type { Draft } from './draft.ts';
import type { RehearsalSummary, RehearsedTicket } from './representation.ts';

export interface Rehearsal {
  customerId: string;
  /** ISO 8601; tickets opened from `from` on and before `to`. */
  from: string;
  to: string;
  draft: Draft;
  /** Epoch milliseconds, by the database's clock: both plans are read as of it. */
  asOf: number;
}

export interface RehearsalListener {
  progress(done: number, total: number): Promise<void> | void;
  ticket(ticket: RehearsedTicket): Promise<void> | void;
}

type Dependencies = Pick<QueryContext, 'pool' | 'log' | 'directory'>;

/** Streams that are in memory at a time. */
const pageSize = 100;
/** Events that the thread is given at a time, or one ticket with more: it has seconds for them. */
const batchSize = 5_000;
/** Other requests wait this long at most, milliseconds. */
const sliceLength = 5;

/** A ticket under the plan in force, which waits to be read under the draft. */
interface Read {
  ticket: Pick<RehearsedTicket, 'id' | 'reference' | 'openedAt'>;
  events: ClockEvent[];
  inForce: PlanReading;
}

/**
 * Runs a draft over the recorded tickets, page by page, and tells of each. It only reads. Ends with what `signal` was
 * aborted with. Throws the problem `validation-failed` for a priority that the draft does not know.
 */
export async function runRehearsal(
  { customerId, from, to, draft, asOf }: Rehearsal,
  { pool, log, directory }: Dependencies,
  listener: RehearsalListener,
  signal: AbortSignal,
): Promise<RehearsalSummary> {
  const period = [customerId, from, to];
  const known = await pool.query<{ priority: string; tickets: number }>(
    `select priority, count(*)::int as tickets from query.tickets
     where customer_id = $1 and opened_at >= $2 and opened_at < $3 group by priority order by priority`,
    period,
  );
  // Before anything is sent; one that a ticket had once and has no more shows only in its history.
  for (const { priority } of known.rows) draft.priorityOf(priority);
  let total = known.rows.reduce((sum, { tickets }) => sum + tickets, 0);
  let done = 0;
  let differing = 0;
  const tallies = { inForce: newTally(), draft: newTally() };
  const breaches = { inForce: 0, draft: 0, added: 0, removed: 0 };
  await listener.progress(done, total);

  const read = async (stream: RecordedEvent[]): Promise<Read | null> => {
    const recorded = stream.map(asTicketEvent);
    const ticket = foldTicket(recorded);
    if (ticket === null) return null;
    const plans = await directory.plansForTicket(ticket.coverage, ticket.openedAt);
    const events = toClockEvents(recorded);
    const { id, reference, openedAt } = ticket;
    return { ticket: { id, reference, openedAt }, events, inForce: readUnder({ plans, events, asOf }) };
  };

  const compareBatch = async (batch: readonly Read[]): Promise<void> => {
    const drafts = await draft.read(
      batch.map(({ events }) => events),
      asOf,
    );
    signal.throwIfAborted();
    for (const [index, each] of batch.entries()) await compare(each, drafts[index] as PlanReading);
  };

  const compare = async ({ ticket, inForce }: Read, underDraft: PlanReading): Promise<void> => {
    const { clocks, outcomes } = compareReadings(inForce, underDraft);
    for (const outcome of outcomes.inForce) count(tallies.inForce, outcome);
    for (const outcome of outcomes.draft) count(tallies.draft, outcome);
    for (const clock of clocks) {
      const before = clock.inForce?.state === 'breached';
      const after = clock.draft?.state === 'breached';
      if (before) breaches.inForce += 1;
      if (after) breaches.draft += 1;
      if (after && !before) breaches.added += 1;
      if (before && !after) breaches.removed += 1;
    }
    if (clocks.some(({ differences }) => differences.length > 0)) differing += 1;
    await listener.ticket({ ...ticket, clocks });
  };

  let after: { opened_at: Date; ticket_id: string } | undefined;
  let sliceBegan = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await pool.query<{ opened_at: Date; ticket_id: string }>(
      `select opened_at, ticket_id from query.tickets
       where customer_id = $1 and opened_at >= $2 and opened_at < $3
         and ($4::timestamptz is null or (opened_at, ticket_id) > ($4, $5::uuid))
       order by opened_at, ticket_id limit ${pageSize}`,
      [...period, after?.opened_at ?? null, after?.ticket_id ?? null],
    );
    after = rows.at(-1);
    if (after === undefined) break;
    const ids = rows.map(({ ticket_id }) => ticket_id);
    const streams = await log.readStreams('ticket', ids);
    let batch: Read[] = [];
    let batched = 0;
    for (const id of ids) {
      const found = await read(streams.get(id) ?? []);
      if (found !== null) {
        batch.push(found);
        batched += found.events.length;
      }
      if (batched >= batchSize) {
        await compareBatch(batch);
        batch = [];
        batched = 0;
      }
      if (performance.now() - sliceBegan < sliceLength) continue;
      await nextTurn();
      signal.throwIfAborted();
      sliceBegan = performance.now();
    }
    if (batch.length > 0) await compareBatch(batch);
    done += ids.length;
    total = Math.max(total, done);
    await listener.progress(done, total);
  }
  const attainmentOf = (tally: Tally) => representFigures(figuresOf(tally));
  return {
    asOf: toInstant(asOf),
    tickets: done,
    differing,
    breaches,
    attainment: { inForce: attainmentOf(tallies.inForce), draft: attainmentOf(tallies.draft) },
  };
}
