import type { Administration } from '@ringback/administration';
import { exportEventLines, readChangedStreams, type Upcasters } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import { type FailedTicket, ticketId } from './fold-histories.ts';
import { loadShare } from './load-share.ts';
import { readModels } from './read-models.ts';
import { secondSchema } from './second-set.ts';

export interface CatchUpOptions {
  pool: Pool;
  administration: Administration;
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

/** Makes the rows of these tickets anew, from all of their events. */
async function replaceTickets(
  streams: readonly string[],
  { until, parked }: Span,
  transaction: PoolClient,
  { pool, administration, upcasters, failed }: CatchUpOptions,
): Promise<void> {
  if (streams.length > 0) await administration.whenProcessed(until, patienceMilliseconds);
  for (let begin = 0; begin < streams.length; begin += ticketsAtOnce) {
    const some = streams.slice(begin, begin + ticketsAtOnce);
    const chunks: Buffer[] = [];
    for await (const chunk of exportEventLines(pool, { category: 'ticket', until, streams: some }))
      chunks.push(chunk);
    for (const { table } of readModels)
      await transaction.query(`delete from ${secondSchema}.${table} where ticket_id = any ($1::uuid[])`, [
        some.filter((id) => ticketId.test(id)),
      ]);
    for (const stream of some) failed.delete(stream);
    const loaded = await loadShare(Buffer.concat(chunks).toString(), transaction, {
      administration,
      upcasters,
      parked,
    });
    for (const ticket of loaded.failed) failed.set(ticket.streamId, ticket);
  }
}
