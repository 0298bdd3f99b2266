import type { Pool, PoolClient } from 'pg';
import { isTransientFault } from '../../errors.ts';
import type { Logger, RecordedEvent, SubscriptionOptions } from '../../port.ts';
import { readVersions, upcast } from '../../read/reader.ts';
import type { AppliedVersions } from '../../subscribe/applied-versions.ts';
import type { Checkpoint } from '../../subscribe/checkpoint.ts';
import { endedProcess, type InHand } from '../../subscribe/in-hand.ts';
import type { Parking } from '../../subscribe/parking.ts';
import { inTransaction } from '../../transaction.ts';
import type { Upcasters } from '../../upcasters.ts';

export interface ApplierOptions {
  pool: Pool;
  schema: string;
  name: string;
  checkpoint: Checkpoint;
  applied: AppliedVersions;
  parking: Parking;
  inHand: InHand;
  upcasters: Upcasters;
  logger: Logger;
  handle: SubscriptionOptions['handle'];
  /** Whether everything is applied one after another over all instances; else only the events of one stream are. */
  isAlone: boolean;
}

export interface Applied {
  /** How many of the events that were given had been applied before. */
  ignored: number;
  /** How many events were missing before them and came from PostgreSQL. */
  filled: number;
  /** Those that the log does not have: what came before them in their stream is nowhere. */
  unknown: RecordedEvent[];
  /** The greatest position that was applied; 0 when nothing was. */
  position: number;
}

interface Resolved extends Applied {
  /** What is to be applied, by position: each stream's next versions without a gap. */
  events: RecordedEvent[];
}

/**
 * Applies events in whatever order and however often they come, each stream's in the order of its versions, each once:
 * what was applied is left out, what is missing is read from PostgreSQL. An event that fails parks its stream. Transient
 * faults are thrown; what was committed before stays.
 */
export function createApplier(options: ApplierOptions): (events: RecordedEvent[]) => Promise<Applied> {
  const { pool, name, parking, inHand, applied, checkpoint, upcasters, logger, handle, isAlone } = options;

  return async function apply(events) {
    const outcome: Applied = { ignored: 0, filled: 0, unknown: [], position: 0 };
    for (const lot of inHand.lotsOf(events)) {
      const { ignored, filled, unknown, position } = await applyLot(lot);
      outcome.ignored += ignored;
      outcome.filled += filled;
      outcome.unknown.push(...unknown);
      outcome.position = Math.max(outcome.position, position);
    }
    return outcome;
  };

  async function applyLot(events: RecordedEvent[]): Promise<Applied> {
    let resolved: Resolved | undefined;
    try {
      return await transact(events, async (transaction, found, free) => {
        resolved = found;
        if (inHand.endsProcess(free)) await park(transaction, free, new Error(endedProcess));
        else await effect(transaction, free);
      });
    } catch (error) {
      if (isTransientFault(error) || resolved === undefined) throw error;
      logger.warn({ subscription: name, err: error }, 'a batch failed; its events are tried one by one');
      for (const event of resolved.events) await applySingly(event);
      return resolved;
    }
  }

  async function park(transaction: PoolClient, events: RecordedEvent[], error: unknown): Promise<void> {
    const [first] = events;
    logger.error(
      { subscription: name, stream: first?.streamId, position: first?.position, err: error },
      'an event cannot be processed; its stream is parked',
    );
    await parking.park(transaction, events, error instanceof Error ? error.message : String(error));
  }

  async function effect(transaction: PoolClient, free: RecordedEvent[]): Promise<void> {
    if (free.length === 0) return;
    await handle(
      free.map((event) => upcast(event, upcasters)),
      transaction,
    );
  }

  async function applySingly(event: RecordedEvent): Promise<void> {
    try {
      await transact([event], (transaction, _found, free) => effect(transaction, free));
    } catch (error) {
      if (isTransientFault(error)) throw error;
      await transact([event], (transaction, _found, free) => park(transaction, free, error));
    }
  }

  async function transact(
    events: RecordedEvent[],
    work: (transaction: PoolClient, resolved: Resolved, free: RecordedEvent[]) => Promise<void>,
  ): Promise<Resolved> {
    await inHand.begin(events);
    return await inTransaction(pool, async (transaction) => {
      await inHand.end(transaction, events);
      await (isAlone ? checkpoint.hold(transaction) : checkpoint.share(transaction));
      const streams = [...new Set(events.map(({ streamId }) => streamId))];
      const rows = await applied.lock(transaction, streams);
      const known = await readContext(transaction, options, streams, rows);
      const resolved = await resolve(transaction, events, known.versions);
      if (resolved.events.length === 0) return resolved;
      const waiting = resolved.events.filter(({ streamId }) => known.parked.has(streamId));
      if (waiting.length > 0)
        await parking.park(transaction, waiting, 'waits behind an earlier event of its stream');
      const free =
        waiting.length === 0
          ? resolved.events
          : resolved.events.filter(({ streamId }) => !known.parked.has(streamId));
      await work(transaction, resolved, free);
      // By position, so that the last of a stream stays.
      const last = new Map(resolved.events.map((event) => [event.streamId, event]));
      await applied.write(transaction, [...last.values()]);
      return resolved;
    });
  }
}

/** The version that each stream has been applied to, and the parked streams. */
async function readContext(
  transaction: PoolClient,
  { schema, name, parking }: ApplierOptions,
  streams: string[],
  rows: Map<string, number>,
): Promise<{ versions: Map<string, number>; parked: Set<string> }> {
  const without = streams.filter((id) => (rows.get(id) ?? 0) === 0);
  const versions = new Map(rows);
  if (without.length > 0) {
    const { rows: found } = await transaction.query<{ id: string; version: number | null }>(
      `select s.id, (select e.version from log.events e where e.stream_id = s.id and e.position <= c.position
         order by e.version desc limit 1) as version
       from ${schema}.checkpoints c, unnest($2::text[]) as s (id) where c.subscription = $1`,
      [name, without],
    );
    for (const { id, version } of found) versions.set(id, version ?? 0);
  }
  return { versions, parked: await parking.streams(transaction) };
}

/** Of each stream the versions that follow on what was applied; what is missing before one of them is read. */
async function resolve(
  transaction: PoolClient,
  events: RecordedEvent[],
  versions: Map<string, number>,
): Promise<Resolved> {
  const byStream = new Map<string, Map<number, RecordedEvent>>();
  let ignored = 0;
  for (const event of events) {
    const of = byStream.get(event.streamId) ?? new Map<number, RecordedEvent>();
    byStream.set(event.streamId, of);
    if (event.version <= (versions.get(event.streamId) ?? 0) || of.has(event.version)) ignored += 1;
    else of.set(event.version, event);
  }
  const filled = await fillGaps(transaction, byStream, versions);
  const resolved: Resolved = { ignored, filled, unknown: [], position: 0, events: [] };
  for (const [streamId, of] of byStream) {
    let version = versions.get(streamId) ?? 0;
    for (let next = of.get(version + 1); next !== undefined; next = of.get(version + 1)) {
      resolved.events.push(next);
      of.delete(next.version);
      version = next.version;
    }
    resolved.unknown.push(...of.values());
  }
  resolved.events.sort((one, other) => one.position - other.position);
  resolved.position = resolved.events.at(-1)?.position ?? 0;
  return resolved;
}

async function fillGaps(
  transaction: PoolClient,
  byStream: Map<string, Map<number, RecordedEvent>>,
  versions: Map<string, number>,
): Promise<number> {
  const ranges = [...byStream].flatMap(([streamId, of]) => {
    const from = (versions.get(streamId) ?? 0) + 1;
    const to = Math.max(0, ...of.keys());
    const category = of.get(to)?.category;
    return category !== undefined && to - from + 1 > of.size ? [{ streamId, from, to, category }] : [];
  });
  let filled = 0;
  for (const [category, missing] of Map.groupBy(ranges, (range) => range.category)) {
    for (const event of await readVersions(transaction, category, missing)) {
      const of = byStream.get(event.streamId);
      if (of === undefined || of.has(event.version)) continue;
      of.set(event.version, event);
      filled += 1;
    }
  }
  return filled;
}
