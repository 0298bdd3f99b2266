import type { Directory } from '@ringback/directory';
import { asTicketEvent, type TicketEvent } from '@ringback/domain/ticket';
import type { EventLog, LogSubscription, RecordedEvent } from '@ringback/event-log';
import type { PoolClient } from 'pg';
import { type BreachRow, breachRow, type Retraction, retraction } from './breach-rows.ts';
import { projectTicket } from './ticket-row.ts';
import { type WordRow, wordRow } from './word-row.ts';
import { writeRows } from './write-rows.ts';

/** Waking for each event costs as much as intake itself; a short pause gathers what arrives together. */
const debounceMilliseconds = 10;
const administrationWaitMilliseconds = 5_000;

/**
 * Of the checkpoint and of what is parked. The number moves where the tables' shape does: an instance of the release
 * before, which cannot write them any more, then fails and parks under its own name.
 */
export const subscriptionName = 'query.read-models-2';

export interface ProjectionOptions {
  log: EventLog;
  directory: Directory;
}

/**
 * The subscription that keeps `query.tickets`, `query.words`, `query.deadlines`, `query.breaches` and `query.outcomes`.
 *
 * Where it has no checkpoint it reads the log once more from the beginning, and so fills what is new. What is there
 * already never goes back: see `writeRows`.
 */
export function createProjection({ log, directory }: ProjectionOptions): LogSubscription {
  return log.subscribe({
    name: subscriptionName,
    schema: 'query',
    category: 'ticket',
    batchSize: 2_000,
    debounce: debounceMilliseconds,
    handle: (events, transaction) => apply(events, transaction, { log, directory }),
  });
}

async function apply(
  events: RecordedEvent[],
  transaction: PoolClient,
  options: ProjectionOptions,
): Promise<void> {
  const last = events[events.length - 1];
  if (last === undefined) return;
  // A ticket's catalog lies before it in the log; without this wait a slow projection would look like a missing one.
  await options.directory.whenProcessed(last.position, administrationWaitMilliseconds);
  const histories = await readHistories(events, options.log);
  const projected = await Promise.all(
    [...histories.values()].map((history) => projectTicket(history, options.directory)),
  );
  const customers = new Map(projected.map(({ row }) => [row.ticket_id, row.customer_id]));
  const typed = events.map(asTicketEvent);
  await writeRows(transaction, {
    projected,
    words: typed.map(wordRow).filter((row): row is WordRow => row !== null),
    breaches: typed
      .map((event) => breachRow(event, customers.get(event.ticketId) ?? null))
      .filter((row): row is BreachRow => row !== null),
    retractions: typed.map(retraction).filter((row): row is Retraction => row !== null),
    identified: typed.flatMap((event) =>
      event.type === 'CustomerIdentified'
        ? [{ ticket_id: event.ticketId, customer_id: event.data.customerId }]
        : [],
    ),
  });
}

/** Each touched ticket's events up to the last one of the batch: from the batch itself where the ticket is new. */
async function readHistories(events: RecordedEvent[], log: EventLog): Promise<Map<string, TicketEvent[]>> {
  const touched = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const known = touched.get(event.streamId);
    if (known === undefined) touched.set(event.streamId, [event]);
    else known.push(event);
  }
  const older = [...touched].filter(([, [first]]) => first?.version !== 1).map(([id]) => id);
  const read =
    older.length === 0 ? new Map<string, RecordedEvent[]>() : await log.readStreams('ticket', older);
  const histories = new Map<string, TicketEvent[]>();
  for (const [id, inBatch] of touched) {
    const until = inBatch[inBatch.length - 1]?.version ?? 0;
    const history = read.get(id)?.filter(({ version }) => version <= until) ?? inBatch;
    histories.set(id, history.map(asTicketEvent));
  }
  return histories;
}
