import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { parseCatalog } from '@ringback/domain/catalog';
import { newTicketEvent } from '@ringback/domain/ticket';
import { createEventLog } from '@ringback/event-log';
import { runMigrations, runServices } from '@ringback/service-kit';
import { slaTimer } from '@ringback/sla-timer';
import pg from 'pg';
import { opening } from './opening.ts';
import { withOwnDatabase } from './own-database.ts';

export interface LatenessOptions {
  /** A server on which a database may be made; it is dropped again. */
  connectionString: string;
  /** Deadlines that lie months ahead. */
  pending: number;
  /** Deadlines that come due each second, each of a ticket of its own. */
  perSecond: number;
  seconds: number;
  /** Tickets that another thread opens meanwhile, each second. Default 0. */
  openedPerSecond?: number;
}

/** `recorded_at` − `due_at` in milliseconds, both by the database's clock. */
export interface Lateness {
  p50: number;
  p99: number;
  max: number;
  fired: number;
}

const leadMilliseconds = 6_000;
const patienceMilliseconds = 60_000;
const responseMilliseconds = 4 * 3_600_000;

/** How late breaches are recorded while `pending` others wait: the real service on real streams. */
export async function measureLateness(options: LatenessOptions): Promise<Lateness> {
  const { connectionString, pending, perSecond, seconds, openedPerSecond = 0 } = options;
  return await withOwnDatabase(connectionString, 'lateness', async ({ pool, url }) => {
    await runMigrations(pool, [slaTimer]);
    await publishCatalog(pool);
    await fillPending(pool, pending);
    const count = perSecond * seconds;
    await openTickets(pool, count, perSecond);
    await pool.query('vacuum analyze');
    await pool.query('checkpoint');
    return await runAndMeasure(pool, url, { count, perSecond, openedPerSecond });
  });
}

async function runAndMeasure(
  pool: pg.Pool,
  url: string,
  { count, perSecond, openedPerSecond }: { count: number; perSecond: number; openedPerSecond: number },
): Promise<Lateness> {
  const running = await runServices([slaTimer], {
    name: 'sla-timer',
    environment: { DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'error' },
  });
  const load =
    openedPerSecond > 0
      ? new Worker(new URL(import.meta.url), { workerData: { url, openedPerSecond } })
      : null;
  try {
    await placeDeadlines(pool, perSecond);
    const until = performance.now() + (count / perSecond) * 1_000 + leadMilliseconds + patienceMilliseconds;
    while (performance.now() < until) {
      const { fired } = await readLateness(pool);
      if (fired >= count) break;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    return await readLateness(pool);
  } finally {
    if (load !== null) {
      load.postMessage('stop');
      await once(load, 'exit');
    }
    await running.stop();
  }
}

async function publishCatalog(pool: pg.Pool): Promise<void> {
  const file = new URL('../../catalogs/set-rate-contract.yaml', import.meta.url);
  const content = parseCatalog(readFileSync(file, 'utf8'), () => []);
  const log = createEventLog({ pool, notifications: false });
  const event = { type: 'CatalogPublished', v: 1, data: { version: 1, digest: 'bench', content } };
  await log.append({
    appends: [
      {
        stream: { category: 'administration', id: 'catalog:set-rate-contract' },
        expected: 0,
        events: [event],
      },
    ],
    metadata: { actor: 'service:bench' },
  });
  await log.close();
}

async function fillPending(pool: pg.Pool, pending: number): Promise<void> {
  await pool.query(
    `with made as materialized (
       select gen_random_uuid() as ticket_id, clock_timestamp() + interval '60 days' + n * interval '7 seconds' as due_at
       from generate_series(1, $1::int) as n
     ), kept as (
       insert into sla_timer.tickets (ticket_id, version, catalog, covered, open, due_at)
       select ticket_id, 1, 'set-rate-contract', true, true, array[due_at] from made
     )
     insert into sla_timer.deadlines (ticket_id, due_at) select ticket_id, due_at from made`,
    [pending],
  );
}

/** Streams of one event each, straight into the log; their instants are moved to where they belong afterwards. */
async function openTickets(pool: pg.Pool, count: number, perSecond: number): Promise<void> {
  await pool.query(
    `with head as (update log.head set position = position + $1::int returning position - $1 as before)
     insert into log.events (position, category, stream_id, version, event_id, type, v, data, metadata, occurred_at,
       recorded_at)
     select before + n, 'ticket', gen_random_uuid()::text, 1, gen_random_uuid(), 'TicketOpened', 1, $2::jsonb,
       '{"actor":"service:bench"}', clock_timestamp() + (n - $1) * interval '1 second' / $3::int, clock_timestamp()
     from head, generate_series(1, $1) as n`,
    [count, JSON.stringify(opening()), perSecond],
  );
  await pool.query(
    `insert into sla_timer.checkpoints (subscription, position)
     select subscription, position
     from log.head, unnest(array['sla_timer.deadlines', 'sla_timer.replanning']) as subscription`,
  );
}

/** The first falls due when everything has been in place for a few seconds. */
async function placeDeadlines(pool: pg.Pool, perSecond: number): Promise<void> {
  await pool.query(
    `with placed as materialized (
       select stream_id::uuid as ticket_id, position, row_number() over (order by position) as n,
         date_trunc('milliseconds', clock_timestamp()) + $1 * interval '1 millisecond' as first
       from log.events where type = 'TicketOpened' and metadata->>'actor' = 'service:bench'
     ), moved as (
       update log.events e set occurred_at = p.first + p.n * interval '1 second' / $2 - $3 * interval '1 millisecond'
       from placed p where e.position = p.position
     ), due as materialized (
       select ticket_id, first + n * interval '1 second' / $2 as due_at from placed
     ), kept as (
       insert into sla_timer.tickets (ticket_id, version, catalog, covered, open, due_at)
       select ticket_id, 1, 'set-rate-contract', true, true, array[due_at] from due
     )
     insert into sla_timer.deadlines (ticket_id, due_at) select ticket_id, due_at from due`,
    [leadMilliseconds, perSecond, responseMilliseconds],
  );
}

async function readLateness(pool: pg.Pool): Promise<Lateness> {
  const { rows } = await pool.query<Lateness>(
    `select coalesce(percentile_disc(0.5) within group (order by late), 0)::float8 as p50,
       coalesce(percentile_disc(0.99) within group (order by late), 0)::float8 as p99,
       coalesce(max(late), 0)::float8 as max, count(*)::int as fired
     from (select extract(epoch from recorded_at - (data->>'dueAt')::timestamptz) * 1000 as late
       from log.events where type = 'SlaBreached') l`,
  );
  return rows[0] as Lateness;
}

/** Opens tickets at a steady rate, as intake would: in group commits, from a thread of its own. */
async function openSteadily({
  url,
  openedPerSecond,
}: {
  url: string;
  openedPerSecond: number;
}): Promise<void> {
  const { parentPort } = await import('node:worker_threads');
  let stopped = false;
  parentPort?.on('message', () => {
    stopped = true;
  });
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const log = createEventLog({ pool, notifications: false });
  const data = opening();
  const began = performance.now();
  let opened = 0;
  while (!stopped) {
    const wanted = Math.floor(((performance.now() - began) / 1_000) * openedPerSecond) - opened;
    for (let n = 0; n < wanted; n += 1) {
      const stream = { category: 'ticket' as const, id: randomUUID() };
      const events = [newTicketEvent('TicketOpened', { ...data, reference: randomUUID() })];
      void log.append({
        appends: [{ stream, expected: 'none', events }],
        metadata: { actor: 'service:load' },
      });
    }
    opened += Math.max(0, wanted);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  parentPort?.close();
  await log.close();
  await pool.end();
}

if (!isMainThread && workerData?.openedPerSecond !== undefined) await openSteadily(workerData);
