import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { RecordedEvent } from '../port.ts';

/**
 * What a subscription has in hand while it applies what the log held when it started, recorded before each batch: when
 * the process ends in the middle, the next one knows which events may have ended it. It applies those one by one, and
 * parks one that has three times been in hand when a process ended. What is appended later is not recorded, so that
 * this costs nothing but a commit for each batch of a process that catches up.
 */
export interface InHand {
  /** At the start: takes over what ended processes had in hand. `head`: the log's, up to which batches are recorded. */
  load(head: number): Promise<void>;
  /** How long to wait before the first batch, milliseconds. */
  pause(): number;
  /** Events that may have ended a process one by one, with others of their streams; the rest together. In order. */
  lotsOf(events: RecordedEvent[]): RecordedEvent[][];
  /** Whether one of them is to be parked instead of applied. */
  endsProcess(events: RecordedEvent[]): boolean;
  /** Records what is about to be applied, in a commit of its own. */
  begin(events: RecordedEvent[]): Promise<void>;
  /** In the transaction that applies it, before anything else. */
  end(transaction: PoolClient, events: RecordedEvent[]): Promise<void>;
  /** Everything at or before this position is applied. */
  passed(position: number): void;
  /** At an orderly end: nothing is in hand any more. */
  release(): Promise<void>;
}

/** An event is parked once it has been in hand when so many processes ended. */
const mostEnds = 3;

/** The error of a stream that is parked for that reason. */
export const endedProcess = `processing it ended the process ${mostEnds} times`;

/**
 * The subscriptions of a process would otherwise come to the same events at the same instant, and the one that ends it
 * would leave suspicions with all.
 */
const longestPause = 2_000;

export function createInHand(pool: Pool, schema: string, subscription: string): InHand {
  const process = randomUUID();
  /** Position → how many processes have ended with it in hand. */
  const suspects = new Map<number, number>();
  const suspectStreams = new Set<string>();
  let until = 0;
  /** There may be a record of ours. */
  let isRecorded = false;

  const isSuspect = ({ streamId }: RecordedEvent) => suspectStreams.has(streamId);

  const remove = async (connection: Pool | PoolClient) => {
    await connection.query(`delete from ${schema}.batches_in_hand where subscription = $1 and process = $2`, [
      subscription,
      process,
    ]);
  };
  const release = async () => {
    if (isRecorded) await remove(pool);
    isRecorded = false;
  };

  return {
    async load(head) {
      // One that is locked is being applied by a process that lives.
      await pool.query(
        `with ended as (
           select process from ${schema}.batches_in_hand where subscription = $1 for update skip locked
         ), taken as (
           delete from ${schema}.batches_in_hand b using ended where b.subscription = $1 and b.process = ended.process
           returning b.positions
         )
         insert into ${schema}.suspect_events as s (subscription, position, ends)
         select $1, position, count(*) from taken, unnest(positions) as position group by position
         on conflict (subscription, position) do update set ends = s.ends + excluded.ends`,
        [subscription],
      );
      await pool.query(
        `delete from ${schema}.suspect_events s using ${schema}.checkpoints c
         where s.subscription = $1 and c.subscription = $1 and s.position <= c.position`,
        [subscription],
      );
      const { rows } = await pool.query<{ position: string; ends: number; stream_id: string }>(
        `select s.position, s.ends, e.stream_id from ${schema}.suspect_events s join log.events e using (position)
         where s.subscription = $1`,
        [subscription],
      );
      for (const { position, ends, stream_id } of rows) {
        suspects.set(Number(position), ends);
        suspectStreams.add(stream_id);
      }
      until = head;
    },
    pause: () => (suspects.size === 0 ? 0 : Math.random() * longestPause),
    lotsOf(events) {
      if (suspects.size === 0) return [events];
      const lots: RecordedEvent[][] = [];
      let together: RecordedEvent[] = [];
      for (const event of events) {
        if (!isSuspect(event)) together.push(event);
        else {
          if (together.length > 0) lots.push(together);
          together = [];
          lots.push([event]);
        }
      }
      if (together.length > 0) lots.push(together);
      return lots;
    },
    endsProcess: (events) => events.some(({ position }) => (suspects.get(position) ?? 0) >= mostEnds),
    async begin(events) {
      if (until === 0) return await release();
      isRecorded = true;
      await pool.query(
        `insert into ${schema}.batches_in_hand (subscription, process, positions) values ($1, $2, $3::bigint[])
         on conflict (subscription, process) do update set positions = excluded.positions`,
        [subscription, process, events.map(({ position }) => position)],
      );
    },
    async end(transaction, events) {
      if (!isRecorded) return;
      await remove(transaction);
      if (!events.some(isSuspect)) return;
      await transaction.query(
        `delete from ${schema}.suspect_events where subscription = $1 and position = any ($2::bigint[])`,
        [subscription, events.map(({ position }) => position)],
      );
    },
    passed(position) {
      if (until === 0 || position < until) return;
      until = 0;
      suspects.clear();
      suspectStreams.clear();
    },
    release,
  };
}
