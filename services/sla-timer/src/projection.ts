import type { Administration } from '@ringback/administration';
import { asTicketEvent } from '@ringback/domain/ticket';
import { type EventLog, inTransaction, type RecordedEvent, type Subscription } from '@ringback/event-log';
import type { Pool } from 'pg';
import { type Due, keepDeadlines } from './deadline-store.ts';
import { deadlinesOf, type TicketDeadlines } from './service-levels.ts';

export interface ProjectionOptions {
  log: EventLog;
  administration: Administration;
  pool: Pool;
  /** Told after the commit. */
  onKept(dues: Due[]): void;
}

export interface DeadlineProjection {
  subscription: Subscription;
  /** Reads these tickets again and keeps what they say now. */
  refresh(ticketIds: string[]): Promise<void>;
}

const administrationWaitMilliseconds = 5_000;

/** The subscription that keeps `sla_timer.deadlines` in step with the tickets. */
export function createDeadlineProjection({
  log,
  administration,
  pool,
  onKept,
}: ProjectionOptions): DeadlineProjection {
  let kept: TicketDeadlines[] = [];
  const tell = () => {
    const tickets = kept;
    kept = [];
    onKept(tickets.flatMap(({ ticketId, dueAt }) => dueAt.map((at) => ({ ticketId, dueAt: at }))));
  };
  return {
    subscription: log.subscribe({
      name: 'sla_timer.deadlines',
      schema: 'sla_timer',
      category: 'ticket',
      batchSize: 1_000,
      async handle(events, transaction) {
        kept = [];
        const last = events[events.length - 1] as RecordedEvent;
        // The catalog that a ticket was opened under lies before it in the log.
        await administration.whenProcessed(last.position, administrationWaitMilliseconds);
        const tickets = await readDeadlines(events, log, administration);
        await keepDeadlines(transaction, tickets);
        kept = tickets;
      },
      onCommitted: tell,
    }),
    async refresh(ticketIds) {
      const histories = await log.readStreams('ticket', ticketIds);
      const tickets = await Promise.all(
        [...histories.values()].map((events) => deadlinesOf(events.map(asTicketEvent), administration)),
      );
      await inTransaction(pool, (transaction) => keepDeadlines(transaction, tickets));
      onKept(tickets.flatMap(({ ticketId, dueAt }) => dueAt.map((at) => ({ ticketId, dueAt: at }))));
    },
  };
}

/** From the batch itself where a ticket is new in it, else from its stream, up to what the batch has seen. */
async function readDeadlines(
  events: RecordedEvent[],
  log: EventLog,
  administration: Administration,
): Promise<TicketDeadlines[]> {
  const touched = Map.groupBy(events, ({ streamId }) => streamId);
  const older = [...touched].filter(([, [first]]) => first?.version !== 1).map(([id]) => id);
  const read = await log.readStreams('ticket', older);
  return await Promise.all(
    [...touched].map(([id, inBatch]) => {
      const until = inBatch[inBatch.length - 1]?.version ?? 0;
      const history = read.get(id)?.filter(({ version }) => version <= until) ?? inBatch;
      return deadlinesOf(history.map(asTicketEvent), administration);
    }),
  );
}
