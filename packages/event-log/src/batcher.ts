import type { Pool } from 'pg';
import { type AppendRow, appendStatement, type KnownCommand } from './append-statement.ts';
import type { EncodedRequest, EncodedStream } from './encode.ts';
import { CommandReused, isConnectionFault, LogUnavailable, VersionConflict } from './errors.ts';
import type { AppendOutcome } from './port.ts';

interface Waiting {
  request: EncodedRequest;
  resolve(outcome: AppendOutcome): void;
  reject(error: unknown): void;
}

export interface BatcherOptions {
  pool: Pool;
  /** How long to try again while the database cannot be reached, milliseconds. */
  patience: number;
  onAppended(position: number): void;
  /** Size of each batch that was committed, for metrics. */
  onBatch(requests: number): void;
}

export interface Batcher {
  append(request: EncodedRequest): Promise<AppendOutcome>;
  /** Resolves when everything that waits is settled; nothing may be appended afterwards. */
  drain(): Promise<void>;
}

const maximumRequests = 512;
const maximumAttempts = 100;

/**
 * Group commit: one lane, which takes all that is waiting as soon as it is free. The first request of a quiet moment
 * waits for the rest of its tick, so that the requests of one read from the sockets share a commit.
 */
export function createBatcher({ pool, patience, onAppended, onBatch }: BatcherOptions): Batcher {
  let queue: Waiting[] = [];
  let running = false;
  const idle: (() => void)[] = [];

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const { batch, rest } = takeBatch(queue);
      queue = rest;
      try {
        await settle(batch);
      } catch (error) {
        // A fault of ours: nobody may wait for an answer that does not come, nor the next batch for this one.
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
    for (const resolve of idle.splice(0)) resolve();
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      deliver(batch, await execute(batch.map(({ request }) => request)));
      onBatch(batch.length);
    } catch (error) {
      if (batch.length === 1 && !isConnectionFault(error)) return await settleOne(batch[0] as Waiting, error);
      // One bad item must not fail its neighbours, and after a lost connection each asks for its own fate.
      for (const waiting of batch) await settleOne(waiting, isConnectionFault(error) ? error : null);
    }
  }

  async function settleOne(waiting: Waiting, first: unknown): Promise<void> {
    const until = performance.now() + patience;
    let fault: unknown = first;
    let request = waiting.request;
    let lost = false;
    for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
      try {
        if (fault !== null && isConnectionFault(fault)) {
          lost = true;
          await pause(attempt);
        }
        if (lost) {
          // The first try may have been committed, or be about to be: find it, or nail the version so that only one of
          // the two can be.
          const found = await findAppended(pool, waiting.request);
          if (found.outcome !== null) return waiting.resolve(found.outcome);
          request = pinned(waiting.request, found.versions);
        }
        return waiting.resolve(await outcomeOfOne(request));
      } catch (error) {
        fault = error;
        const gaveUp = isConnectionFault(error) && performance.now() > until;
        if (gaveUp) return waiting.reject(new LogUnavailable(error));
        const again = isConnectionFault(error) || isRace(error) || (lost && error instanceof VersionConflict);
        if (!again) return waiting.reject(error);
        if (lost && error instanceof VersionConflict && request === waiting.request) {
          const found = await findAppended(pool, waiting.request).catch(() => null);
          if (found?.outcome) waiting.resolve(found.outcome);
          else waiting.reject(error);
          return;
        }
      }
    }
    waiting.reject(fault);
  }

  async function outcomeOfOne(request: EncodedRequest): Promise<AppendOutcome> {
    const row = await execute([request]);
    return await new Promise((resolve, reject) => deliver([{ request, resolve, reject }], row));
  }

  async function execute(batch: EncodedRequest[]): Promise<AppendRow> {
    const { rows } = await pool.query<AppendRow>(
      appendStatement(batch) as { name: string; text: string; values: unknown[] },
    );
    return rows[0] as AppendRow;
  }

  function deliver(batch: Waiting[], row: AppendRow): void {
    const known = new Map((row.known ?? []).map((command) => [command.request, command]));
    const versions = new Map<number, number[]>();
    for (const [request, version] of row.versions ?? []) {
      const list = versions.get(request);
      if (list === undefined) versions.set(request, [version]);
      else list.push(version);
    }
    const recordedAt = row.recorded_at.toISOString();
    let position = row.head - row.added;
    if (row.added > 0) onAppended(row.head);
    for (const [index, { request, resolve, reject }] of batch.entries()) {
      const command = known.get(index);
      const before = versions.get(index) ?? [];
      const refusal = refusalOf(request, command, before);
      if (refusal !== null) reject(refusal);
      else if (command !== undefined) resolve(outcomeOf(command));
      else {
        let added = 0;
        for (const { events } of request.streams) added += events.length;
        position += added;
        resolve({
          status: 'appended',
          position: added === 0 ? row.head : position,
          recordedAt,
          streams: request.streams.map(({ category, id, events }, nth) => ({
            stream: { category, id },
            version: (before[nth] ?? 0) + events.length,
          })),
          result: request.command?.result == null ? null : JSON.parse(request.command.result),
        });
      }
    }
  }

  return {
    append: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        if (running) return;
        running = true;
        setImmediate(run);
      }),
    drain: () => (running ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
  };
}

/** As many as fit whose streams and commands do not meet; the others go into a later batch, in their order. */
function takeBatch(queue: Waiting[]): { batch: Waiting[]; rest: Waiting[] } {
  const taken = new Set<string>();
  const batch: Waiting[] = [];
  const rest: Waiting[] = [];
  for (const waiting of queue) {
    const keys = waiting.request.streams.map(({ id }) => id);
    if (waiting.request.command !== null) keys.push(`command ${waiting.request.command.id}`);
    const free = batch.length < maximumRequests && keys.every((key) => !taken.has(key));
    (free ? batch : rest).push(waiting);
    // What waits keeps its turn: a later request of the same stream must not overtake it.
    for (const key of keys) taken.add(key);
  }
  return { batch, rest };
}

function refusalOf(request: EncodedRequest, known: KnownCommand | undefined, before: number[]): Error | null {
  if (known !== undefined) {
    const { command } = request;
    return known.fingerprint === command?.fingerprint ? null : new CommandReused(command?.id ?? '');
  }
  return findConflict(request.streams, before);
}

function findConflict(streams: EncodedStream[], before: number[]): VersionConflict | null {
  for (const [index, { category, id, expected }] of streams.entries()) {
    const actual = before[index] ?? 0;
    if (expected >= 0 && expected !== actual) return new VersionConflict({ category, id }, expected, actual);
  }
  return null;
}

/** What a remembered command's first run led to. */
export function outcomeOf(known: Omit<KnownCommand, 'request' | 'fingerprint'>): AppendOutcome {
  return {
    status: 'repeated',
    position: known.position,
    recordedAt: new Date(known.recordedAt).toISOString(),
    streams: known.streams,
    result: known.result,
  };
}

/** A unique constraint or a deadlock: another process was faster; look again. */
function isRace(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === '23505' || code === '40P01' || code === '40001';
}

function pause(attempt: number): Promise<void> {
  const milliseconds = Math.min(1_000, 20 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

interface StoredEvent {
  stream_id: string;
  version: number;
  event_id: string;
  position: string;
  recorded_at: Date;
}

/** After a lost connection: what became of a request, and the versions of its streams in the same snapshot. */
async function findAppended(
  pool: Pool,
  { streams }: EncodedRequest,
): Promise<{ outcome: AppendOutcome | null; versions: Map<string, number> }> {
  const { rows } = await pool.query<StoredEvent>(
    `select stream_id, version, event_id, position, recorded_at from log.events
     where stream_id = any ($1::text[]) order by position`,
    [streams.map(({ id }) => id)],
  );
  const versions = new Map(streams.map(({ id }) => [id, 0]));
  for (const { stream_id, version } of rows) versions.set(stream_id, version);
  const ids = new Set(streams.flatMap(({ events }) => events.map(({ id }) => id)));
  const mine = rows.filter(({ event_id }) => ids.has(event_id));
  const last = mine[mine.length - 1];
  if (last === undefined) return { outcome: null, versions };
  const outcome: AppendOutcome = {
    status: 'appended',
    position: Number(last.position),
    recordedAt: last.recorded_at.toISOString(),
    streams: streams.map(({ category, id }) => ({
      stream: { category, id },
      version: Math.max(0, ...mine.filter(({ stream_id }) => stream_id === id).map(({ version }) => version)),
    })),
    result: null,
  };
  return { outcome, versions };
}

/** The request with "any version" made the versions just seen; the same request where it has none of those. */
function pinned(request: EncodedRequest, versions: Map<string, number>): EncodedRequest {
  if (request.streams.every(({ expected }) => expected >= 0)) return request;
  const streams = request.streams.map((stream) =>
    stream.expected >= 0 ? stream : { ...stream, expected: versions.get(stream.id) ?? 0 },
  );
  return { ...request, streams };
}
