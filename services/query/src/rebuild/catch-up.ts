import type { Directory } from '@ringback/directory';
import { readChangedStreams, readHistories, type Upcasters } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import { type FailedTicket, foldHistory, ticketId } from './reading/fold-history.ts';
import { copyTickets } from './writing/copy-rows.ts';
import { type RebuiltTicket, readModels } from './writing/read-models.ts';
import { secondSchema } from './writing/second-set.ts';

export interface CatchUpOptions {
  pool: Pool;
  directory: Directory;
  upcasters: Upcasters;
  /** Streams that were parked when the second set was begun. */
  parkedBefore: ReadonlyMap<string, number>;
  /** What could not be processed so far; brought up to date. */
  failed: Map<string, FailedTicket>;
}

const ticketsAtOnce = 500;
const patienceMilliseconds = 10_000;

export interface Span {
  /** Where the second set stands. */
  from: number;
  until: number;
  /** Stream → the position from which on its events are left out. */
  parked: ReadonlyMap<string, number>;
}

/** Brings the second set from one position to another, in a transaction. */
export async function catchUp(transaction: PoolClient, span: Span, options: CatchUpOptions): Promise<void> {
  const changed = await readChangedStreams(transaction, {
    category: 'ticket',
    after: span.from,
    until: span.until,
  });
  // Parking and replay move no position.
  const moved = [...span.parked.keys(), ...options.parkedBefore.keys()].filter(
    (stream) => span.parked.get(stream) !== options.parkedBefore.get(stream),
  );
  await replaceTickets([...new Set([...changed, ...moved])], span, transaction, options);
}

/** Makes the rows of these tickets again, from all of their events. */
async function replaceTickets(
  streams: readonly string[],
  { until, parked }: Span,
  transaction: PoolClient,
  { pool, directory, upcasters, failed }: CatchUpOptions,
): Promise<void> {
  if (streams.length > 0) await directory.whenProcessed(until, patienceMilliseconds);
  for (let begin = 0; begin < streams.length; begin += ticketsAtOnce) {
    const some = streams.slice(begin, begin + ticketsAtOnce);
    for (const { table } of readModels)
      await transaction.query(
        `delete from ${secondSchema}.${table.name} where ticket_id = any ($1::uuid[])`,
        [some.filter((id) => ticketId.test(id))],
      );
    for (const stream of some) failed.delete(stream);
    const tickets: RebuiltTicket[] = [];
    for await (const histories of readHistories(pool, { category: 'ticket', until, streams: some })) {
      for (const history of histories) {
        const folded = await foldHistory(history, { directory, upcasters, parked });
        if (folded.ticket !== null) tickets.push(folded.ticket);
        if (folded.failed !== null) failed.set(folded.failed.streamId, folded.failed);
      }
    }
    await copyTickets(tickets, transaction);
  }
}
