/**
 * The port to the event log: what services know of it. PostgreSQL stands behind it; a subscription may also be
 * fed by Kafka. Positions are dense, gap-free and in commit order over all categories; versions of a stream are
 * 1, 2, 3 … without gaps. Instants are ISO 8601 UTC with milliseconds, by the database's clock.
 */
import type { PoolClient } from 'pg';
import type { Category } from './categories.ts';

export type { Category };

export interface Stream {
  category: Category;
  /** A ticket's UUID, or `<kind>:<id>` of an administration aggregate. */
  id: string;
}

/** `any`: no check; `none`: the stream must not exist; a number: its version must be exactly this. */
export type ExpectedVersion = 'any' | 'none' | number;

export type JsonObject = { [key: string]: unknown };

/** Who caused it and under which request; never secrets. */
export interface Metadata {
  /** `api-key:<id>`, `integration:<id>`, `service:<name>`. */
  actor: string;
  /** W3C trace context, where the request carried one. */
  traceparent?: string;
  requestId?: string;
  /** The id of the event that led to this one. */
  causationId?: string;
}

export interface NewEvent {
  /** UUID; made by the log when absent. */
  id?: string;
  type: string;
  v: number;
  data: JsonObject;
  /** ISO 8601; null or absent: the instant of recording. */
  occurredAt?: string | null;
}

export interface StreamAppend {
  stream: Stream;
  expected: ExpectedVersion;
  events: NewEvent[];
}

/** Makes an append repeatable: the same id and fingerprint return the first outcome and append nothing. */
export interface Command {
  /** Unique over the whole log, e.g. a hash of key id and Idempotency-Key. At most 200 characters. */
  id: string;
  /** Digest of what was asked. The same id with another fingerprint is refused with `CommandReused`. */
  fingerprint: string;
  /** Kept with the outcome and returned on a repeat, e.g. the HTTP status. */
  result?: JsonObject;
}

export interface AppendRequest {
  /** All or nothing, in one transaction. May be empty when only `command` is to be remembered. */
  appends: StreamAppend[];
  command?: Command;
  metadata: Metadata;
}

export interface StreamOutcome {
  stream: Stream;
  /** The stream's version after this append (or as it was, where nothing was appended). */
  version: number;
}

export interface AppendOutcome {
  status: 'appended' | 'repeated';
  /** Of the last event appended; for an empty append the log's head. */
  position: number;
  recordedAt: string;
  streams: StreamOutcome[];
  /**
   * The events as the log returns them from now on, in the order of the request; `data` is the caller’s own object.
   * Empty for a repeated command: its events are in the log.
   */
  events: RecordedEvent[];
  /** Of the first outcome. */
  result: JsonObject | null;
}

export interface RecordedEvent {
  position: number;
  category: Category;
  streamId: string;
  version: number;
  id: string;
  type: string;
  v: number;
  data: JsonObject;
  metadata: Metadata;
  occurredAt: string;
  recordedAt: string;
}

export interface EventLog {
  /**
   * Joins the group commit and settles after the commit. Rejects with `VersionConflict` (carries the actual
   * version), `CommandReused`, `LogUnavailable` (the outcome may be unknown; repeat with the same command).
   */
  append(request: AppendRequest): Promise<AppendOutcome>;
  /** The first outcome of a command, or null. */
  findCommand(id: string): Promise<{ fingerprint: string; outcome: AppendOutcome } | null>;
  /**
   * A stream’s events in the order of their versions; none where there is no such stream. With `customerId`, a ticket
   * that is another customer’s, or no one’s, reads as one that does not exist: by one statement that returns nothing.
   */
  readStream(
    stream: Stream,
    options?: { fromVersion?: number; toVersion?: number; customerId?: string },
  ): Promise<RecordedEvent[]>;
  /**
   * Many streams of a category in one query; streams without events are absent from the map. `until`: stream → the last
   * version that is read of it.
   */
  readStreams(
    category: Category,
    ids: string[],
    options?: { until?: ReadonlyMap<string, number> },
  ): Promise<Map<string, RecordedEvent[]>>;
  /** Events with `position > after`, in order, at most `limit`. */
  readAll(options: { after: number; limit: number; category?: Category }): Promise<RecordedEvent[]>;
  head(): Promise<{ position: number; recordedAt: string }>;
  subscribe(options: SubscriptionOptions): LogSubscription;
  /**
   * Woken after each commit that this process sees (LISTEN/NOTIFY or own append), with the log's position then; with 0
   * after the connection was made again: a hint, never the truth.
   */
  onAppended(listener: (position: number) => void): () => void;
  close(): Promise<void>;
}

export interface SubscriptionOptions {
  /** Names the checkpoint; one per projection, e.g. `query.tickets`. */
  name: string;
  /** The schema that holds the checkpoint and the parked events: the consumer's own. */
  schema: string;
  category?: Category;
  /** Where to begin when there is no checkpoint yet. Default: the beginning. */
  from?: 'beginning' | 'head';
  batchSize?: number;
  /** Wait this long after a wake-up for more events to come, milliseconds. Default 0. */
  debounce?: number;
  /**
   * The effect of a batch, in position order, in one transaction with the checkpoint. When it throws, the batch is
   * tried event by event; the one that fails parks its stream (later events of that stream wait behind it) and
   * the others go on. Faults of the connection are not the event's: they are retried with back-off.
   */
  handle(events: RecordedEvent[], transaction: PoolClient): Promise<void>;
  /** After the commit of a batch, e.g. to wake what reads the projection. */
  onCommitted?(position: number): void;
}

export interface ParkedStream {
  subscription: string;
  streamId: string;
  firstPosition: number;
  events: number;
  error: string;
  parkedAt: string;
}

export interface Lag {
  events: number;
  seconds: number;
}

export interface LogSubscription {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The last position whose effect is committed. */
  position(): number;
  lag(): Promise<Lag>;
  /** False when the position stands still while the lag grows. */
  healthy(): boolean;
  /** Resolves once `position` is processed, true; false after `timeout` milliseconds. */
  whenProcessed(position: number, timeout: number): Promise<boolean>;
  parked(): Promise<ParkedStream[]>;
  /** Processes a parked stream's events again, in order; stays parked from the one that fails. */
  replay(streamId: string): Promise<{ replayed: number; remaining: number }>;
}

/** What the log says while it works; pino fits. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
