import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readEventLines } from '@ringback/event-log';
import type { PoolClient } from 'pg';
import { from } from 'pg-copy-streams';
import { copyLine } from './copy-text.ts';
import { type FailedTicket, type FoldOptions, foldHistories } from './fold-histories.ts';
import { readModels } from './read-models.ts';
import { secondSchema } from './second-set.ts';

export interface Loaded {
  events: number;
  tickets: number;
  failed: FailedTicket[];
}

/** Makes tickets' rows of all of their events, given as lines, and copies them into the second set. */
export async function loadShare(
  lines: string,
  transaction: PoolClient,
  options: FoldOptions,
): Promise<Loaded> {
  const events = readEventLines(lines);
  const copies = readModels.map((model) => ({ model, text: [] as string[] }));
  const failed: FailedTicket[] = [];
  let tickets = 0;
  for await (const ticket of foldHistories(events, options)) {
    if ('error' in ticket) {
      failed.push(ticket);
      continue;
    }
    tickets += 1;
    for (const { model, text } of copies) {
      for (const row of model.rows(ticket)) text.push(copyLine(row, model.columns));
    }
  }
  for (const { model, text } of copies) {
    if (text.length === 0) continue;
    const copy = from(`copy ${secondSchema}.${model.table} (${model.columns.join()}) from stdin`);
    await pipeline(Readable.from([text.join('')]), transaction.query(copy));
  }
  return { events: events.length, tickets, failed };
}
