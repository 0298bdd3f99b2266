import type { Stream } from './port.ts';

/** The stream is not at the version that the append expected; nothing was appended. */
export class VersionConflict extends Error {
  readonly stream: Stream;
  readonly expected: number;
  readonly actual: number;

  constructor(stream: Stream, expected: number, actual: number) {
    super(`${stream.category} ${stream.id} is at version ${actual}, not at ${expected}`);
    this.name = 'VersionConflict';
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** A command's id came again with something else to do; nothing was appended. */
export class CommandReused extends Error {
  readonly commandId: string;

  constructor(commandId: string) {
    super('this command id was used before, with other content');
    this.name = 'CommandReused';
    this.commandId = commandId;
  }
}

/** The database cannot be reached. The outcome may be unknown: repeat with the same command. */
export class LogUnavailable extends Error {
  constructor(cause: unknown) {
    super('the event log cannot be reached', { cause });
    this.name = 'LogUnavailable';
  }
}

/** Text that PostgreSQL cannot store: a NUL or half of a surrogate pair. */
export class TextInvalid extends Error {
  /** A JSON Pointer into the event's data. */
  readonly path: string;

  constructor(path: string) {
    super(`the text at ${path} contains a NUL or half of a surrogate pair`);
    this.name = 'TextInvalid';
    this.path = path;
  }
}

/** An event that this release cannot read: its type or its schema version comes from a newer one. */
export class EventUnknown extends Error {
  constructor(type: string, v: number, position: number) {
    super(`event ${position} is a ${type} of version ${v}, which this release does not know`);
    this.name = 'EventUnknown';
  }
}

/** A migration that has run was changed afterwards. */
export class MigrationChanged extends Error {
  constructor(schema: string, migration: string) {
    super(
      `migration ${migration} of schema ${schema} has run with other content; add a migration instead of changing it`,
    );
    this.name = 'MigrationChanged';
  }
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether a transaction may succeed when it is simply made again: a deadlock, a conflict of serialisation. */
export function isConflict(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '40001' || code === '40P01';
}

/**
 * Whether a fault is the connection's and not the statement's: SQLSTATE class 08, shutdown and crash of 57P0x, too
 * many connections, a socket's error, or a driver's error without a code.
 */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    return code.startsWith('08') || code.startsWith('57P') || code === '53300' || connectionCodes.has(code);
  }
  return /connection|timeout|terminated|not queryable/i.test(error.message);
}
