import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { type CopyStreamQuery, from } from 'pg-copy-streams';
import { BinaryRows } from './binary-rows.ts';
import { type ReadModel, type RebuiltTicket, readModels } from './read-models.ts';
import { secondSchema } from './second-set.ts';

/** What is given to PostgreSQL at a time, bytes. */
const enough = 262_144;

const copyFrom = ({ table: { name, columns } }: ReadModel): CopyStreamQuery =>
  from(`copy ${secondSchema}.${name} (${Object.keys(columns).join()}) from stdin (format binary)`);

/** Copies tickets' rows into the second set, inside a transaction. */
export async function copyTickets(tickets: readonly RebuiltTicket[], transaction: PoolClient): Promise<void> {
  for (const model of readModels) {
    const rows = new BinaryRows(model.table);
    for (const ticket of tickets) for (const row of model.rows(ticket)) rows.add(row);
    await pipeline(Readable.from([rows.end()]), transaction.query(copyFrom(model)));
  }
}

/** Copies into every table of the second set at once, a connection for each. */
export interface Copies {
  add(ticket: RebuiltTicket): void;
  /** Waits until no more is on its way than PostgreSQL and its connections hold. Rejects when a copy has failed. */
  flush(): Promise<void>;
  /** Ends the copies and commits them. */
  end(): Promise<void>;
  /** Takes everything back. */
  abort(): void;
}

interface Copy {
  model: ReadModel;
  rows: BinaryRows;
  client: PoolClient;
  stream: CopyStreamQuery;
  fault: Error | null;
  isReleased: boolean;
}

export async function openCopies(pool: Pool): Promise<Copies> {
  const opened = await Promise.allSettled(readModels.map((model) => openCopy(model, pool)));
  const copies = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const unopened = opened.find((each) => each.status === 'rejected');
  if (unopened !== undefined) {
    for (const { client } of copies) client.release(true);
    throw unopened.reason;
  }

  async function write(copy: Copy, bytes: Buffer): Promise<void> {
    if (copy.fault !== null) throw copy.fault;
    if (!copy.stream.write(bytes)) await once(copy.stream, 'drain');
  }

  function release(copy: Copy, isBroken: boolean): void {
    if (copy.isReleased) return;
    copy.isReleased = true;
    copy.client.release(isBroken);
  }

  return {
    add(ticket) {
      for (const { model, rows } of copies) for (const row of model.rows(ticket)) rows.add(row);
    },
    async flush() {
      for (const copy of copies) if (copy.rows.length >= enough) await write(copy, copy.rows.take());
    },
    async end() {
      const ends = await Promise.allSettled(
        copies.map(async (copy) => {
          await write(copy, copy.rows.end());
          copy.stream.end();
          await finished(copy.stream);
        }),
      );
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      for (const copy of copies) {
        await copy.client.query('commit');
        release(copy, false);
      }
    },
    abort() {
      for (const copy of copies) release(copy, true);
    },
  };
}

async function openCopy(model: ReadModel, pool: Pool): Promise<Copy> {
  const client = await pool.connect();
  try {
    // The switch, which waits for the disk, makes everything before it durable.
    await client.query('begin; set local synchronous_commit = off');
  } catch (error) {
    client.release(true);
    throw error;
  }
  const stream = client.query(copyFrom(model));
  const copy: Copy = {
    model,
    rows: new BinaryRows(model.table),
    client,
    stream,
    fault: null,
    isReleased: false,
  };
  stream.on('error', (fault) => {
    copy.fault = fault;
  });
  return copy;
}
