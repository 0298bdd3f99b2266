import type { Administration } from '@ringback/administration';
import { parseAdministrationStreamId } from '@ringback/domain/administration';
import type { EventLog, RecordedEvent, Subscription } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';

export interface ReplanningOptions {
  log: EventLog;
  pool: Pool;
  administration: Administration;
  logger: Logger;
  /** Decides these tickets anew and keeps what they say. */
  replan(ticketIds: string[]): Promise<void>;
}

export interface Replanning {
  subscription: Subscription;
  start(): void;
  stop(): Promise<void>;
}

export interface ReplanningProgress {
  position: number;
  catalog: string;
  done: number;
  total: number;
  finishedAt: string | null;
}

const chunkSize = 200;
const pollMilliseconds = 1_000;
const amending = new Set([
  'CatalogPublished',
  'CalendarExceptionAdded',
  'CalendarExceptionRemoved',
  'ContractDefined',
]);

/**
 * A calendar, a catalog or a contract that changes touches tickets that are open: they are decided anew in the
 * background, in chunks, each chunk's progress kept, so that a restart goes on where it was.
 */
export function createReplanning({
  log,
  pool,
  administration,
  logger,
  replan,
}: ReplanningOptions): Replanning {
  let stopped = false;
  let wake = () => {};
  let loop: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        const worked = await nextChunk();
        if (worked) continue;
      } catch (error) {
        logger.error({ err: error }, 're-planning fails; it tries again');
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMilliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async function nextChunk(): Promise<boolean> {
    const { rows } = await pool.query<{ position: string; catalog: string; cursor: string }>(
      `select position, catalog, cursor from sla_timer.replannings where finished_at is null order by position limit 1`,
    );
    const next = rows[0];
    if (next === undefined) return false;
    await administration.whenProcessed(Number(next.position), pollMilliseconds * 5);
    const { rows: tickets } = await pool.query<{ ticket_id: string }>(
      `select ticket_id from sla_timer.tickets
       where open and catalog = $1 and ticket_id > $2 order by ticket_id limit $3`,
      [next.catalog, next.cursor, chunkSize],
    );
    const ids = tickets.map(({ ticket_id }) => ticket_id);
    if (ids.length > 0) await replan(ids);
    await pool.query(
      `update sla_timer.replannings set cursor = coalesce($2, cursor), done = done + $3,
         finished_at = case when $4 then clock_timestamp() end
       where position = $1`,
      [next.position, ids[ids.length - 1] ?? null, ids.length, ids.length < chunkSize],
    );
    return true;
  }

  return {
    subscription: log.subscribe({
      name: 'sla_timer.replannings',
      schema: 'sla_timer',
      category: 'administration',
      handle: recordAmendments,
      onCommitted: () => wake(),
    }),
    start: () => {
      loop = run();
    },
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
  };
}

async function recordAmendments(events: RecordedEvent[], transaction: PoolClient): Promise<void> {
  for (const event of events) {
    const catalog = amending.has(event.type) ? catalogOf(event) : null;
    if (catalog === null) continue;
    await transaction.query(
      'insert into sla_timer.replannings (position, catalog) values ($1, $2) on conflict do nothing',
      [event.position, catalog],
    );
  }
}

function catalogOf({ type, streamId, data }: RecordedEvent): string | null {
  if (type === 'ContractDefined') return String(data.catalog);
  if (type === 'CatalogPublished') return parseAdministrationStreamId(streamId)?.id ?? null;
  return String(data.calendar).split('/')[0] ?? null;
}

/** How far each re-planning is, the latest first. */
export async function listReplannings(pool: Pool, limit: number): Promise<ReplanningProgress[]> {
  const { rows } = await pool.query<{
    position: string;
    catalog: string;
    done: number;
    total: number;
    finished_at: Date | null;
  }>(
    `select r.position, r.catalog, r.done, r.finished_at,
       r.done + (select count(*)::int from sla_timer.tickets t
         where t.open and t.catalog = r.catalog and t.ticket_id > r.cursor and r.finished_at is null) as total
     from sla_timer.replannings r order by r.position desc limit $1`,
    [limit],
  );
  return rows.map((row) => ({
    position: Number(row.position),
    catalog: row.catalog,
    done: row.done,
    total: row.total,
    finishedAt: row.finished_at?.toISOString() ?? null,
  }));
}
