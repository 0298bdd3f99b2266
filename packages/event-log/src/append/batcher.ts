import { setTimeout as sleep } from 'node:timers/promises';
import { pauseAfter } from '@ringback/worker';
import type { Pool } from 'pg';
import {
  CommandReused,
  isConnectionFault,
  isStorageFault,
  isTransientFault,
  LogUnavailable,
  VersionConflict,
} from '../errors.ts';
import type { AppendOutcome, RecordedEvent } from '../port.ts';
import { type AppendRow, appendStatement, type KnownCommand } from './append-statement.ts';
import type { EncodedRequest, EncodedStream } from './encode.ts';

interface Waiting {
  request: EncodedRequest;
  resolve(outcome: AppendOutcome): void;
  reject(error: unknown): void;
  /** It has been rejected because its time was up; whatever becomes of it, no one waits for it. */
  isLate: boolean;
}

export interface BatcherOptions {
  pool: Pool;
  /** How long an append may take in all while the database cannot do it, milliseconds. */
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
const backOff = { first: 20, longest: 1_000 };

/**
 * Group commit: one lane, which takes all that is waiting as soon as it is free. The first request of a quiet moment
 * waits for the rest of its tick, so that the requests of one read from the sockets share a commit.
 */
export function createBatcher({ pool, patience, onAppended, onBatch }: BatcherOptions): Batcher {
  let queue: Waiting[] = [];
  let running = false;
  const idle: (() => void)[] = [];
  /** Why the appends in hand are still waiting. */
  let latestFault: unknown = null;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const { batch, rest } = takeBatch(queue);
      queue = rest;
      try {
        if (batch.length > 0) await settle(batch);
      } catch (error) {
        // A fault of ours: no one may wait for an answer that does not come, nor the next batch for this one.
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
      latestFault = null;
    } catch (error) {
      latestFault = isTransientFault(error) ? error : null;
      if (batch.length === 1 && !isTransientFault(error)) return await settleOne(batch[0] as Waiting, error);
      // One bad item must not fail its neighbours, and after a lost connection each asks for its own fate.
      for (const waiting of batch) await settleOne(waiting, isTransientFault(error) ? error : null);
    }
  }

  async function settleOne(waiting: Waiting, first: unknown): Promise<void> {
    let fault: unknown = first;
    let request = waiting.request;
    let lost = false;
    for (let attempt = 0; attempt < maximumAttempts && !waiting.isLate; attempt += 1) {
      try {
        if (fault !== null && isTransientFault(fault)) {
          lost ||= isConnectionFault(fault);
          await sleep(pauseAfter(attempt + 1, backOff));
          if (waiting.isLate) return;
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
        if (isTransientFault(error)) latestFault = error;
        // A full disk is not emptied within seconds, and others wait.
        if (isStorageFault(error)) return waiting.reject(new LogUnavailable(error));
        const again = isTransientFault(error) || isRace(error) || (lost && error instanceof VersionConflict);
        if (!again) return waiting.reject(error);
        if (lost && error instanceof VersionConflict && request === waiting.request) {
          const found = await findAppended(pool, waiting.request).catch(() => null);
          if (found?.outcome) waiting.resolve(found.outcome);
          else waiting.reject(error);
          return;
        }
      }
    }
    waiting.reject(isTransientFault(fault) ? new LogUnavailable(fault) : fault);
  }

  async function outcomeOfOne(request: EncodedRequest): Promise<AppendOutcome> {
    const row = await execute([request]);
    return await new Promise((resolve, reject) =>
      deliver([{ request, resolve, reject, isLate: false }], row),
    );
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
        const events: RecordedEvent[] = [];
        for (const [nth, stream] of request.streams.entries()) {
          for (const [index, event] of stream.events.entries()) {
            position += 1;
            const place = { position, version: (before[nth] ?? 0) + index + 1, recordedAt };
            events.push(asRecorded(request, stream, event, place));
          }
        }
        resolve({
          status: 'appended',
          position: events.length === 0 ? row.head : position,
          recordedAt,
          streams: request.streams.map(({ category, id, events: added }, nth) => ({
            stream: { category, id },
            version: (before[nth] ?? 0) + added.length,
          })),
          events,
          result: request.command?.result == null ? null : JSON.parse(request.command.result),
        });
      }
    }
  }

  return {
    append: (request) =>
      new Promise((resolve, reject) => {
        const waiting: Waiting = {
          request,
          isLate: false,
          resolve: (outcome) => {
            clearTimeout(timer);
            resolve(outcome);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error);
          },
        };
        // Wherever it stands by then: in the queue, or on its way to a database that does not answer.
        const timer = setTimeout(() => {
          waiting.isLate = true;
          reject(new LogUnavailable(latestFault ?? new Error(`no outcome after ${patience} ms`)));
        }, patience);
        queue.push(waiting);
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
    if (waiting.isLate) continue;
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

/** An event as it would be read from the log. */
function asRecorded(
  { metadata }: EncodedRequest,
  { category, id: streamId }: EncodedStream,
  { id, type, v, content: data, occurredAt }: EncodedStream['events'][number],
  { position, version, recordedAt }: Pick<RecordedEvent, 'position' | 'version' | 'recordedAt'>,
): RecordedEvent {
  const at = occurredAt === null ? recordedAt : new Date(occurredAt).toISOString();
  return { position, category, streamId, version, id, type, v, data, metadata, occurredAt: at, recordedAt };
}

/** What a remembered command's first run led to. */
export function outcomeOf(known: Omit<KnownCommand, 'request' | 'fingerprint'>): AppendOutcome {
  return {
    status: 'repeated',
    position: known.position,
    recordedAt: new Date(known.recordedAt).toISOString(),
    streams: known.streams,
    events: [],
    result: known.result,
  };
}

/** A unique constraint or a deadlock: another process was faster; look again. */
function isRace(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === '23505' || code === '40P01' || code === '40001';
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
  request: EncodedRequest,
): Promise<{ outcome: AppendOutcome | null; versions: Map<string, number> }> {
  const { streams } = request;
  const { rows } = await pool.query<StoredEvent>(
    `select stream_id, version, event_id, position, recorded_at from log.events
     where stream_id = any ($1::text[]) order by position`,
    [streams.map(({ id }) => id)],
  );
  const versions = new Map(streams.map(({ id }) => [id, 0]));
  for (const { stream_id, version } of rows) versions.set(stream_id, version);
  const byId = new Map(rows.map((row) => [row.event_id, row]));
  const events = streams.flatMap((stream) =>
    stream.events.flatMap((event) => {
      const row = byId.get(event.id);
      if (row === undefined) return [];
      const { version, position, recorded_at } = row;
      const place = { version, position: Number(position), recordedAt: recorded_at.toISOString() };
      return [asRecorded(request, stream, event, place)];
    }),
  );
  const last = events[events.length - 1];
  if (last === undefined) return { outcome: null, versions };
  const outcome: AppendOutcome = {
    status: 'appended',
    position: last.position,
    recordedAt: last.recordedAt,
    streams: streams.map(({ category, id }) => ({
      stream: { category, id },
      version: Math.max(0, ...events.filter(({ streamId }) => streamId === id).map(({ version }) => version)),
    })),
    events,
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
