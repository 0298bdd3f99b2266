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
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);

/** What `pg` and its pool throw without a code. */
const driverFaults =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed) and is not queryable|Cannot use a pool after calling end on the pool)/;

const codeOf = (error: unknown): string | null => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
};

/**
 * Whether a fault is the connection's and not the statement's, whose outcome is then unknown: SQLSTATE class 08,
 * shutdown and crash of 57P0x, too many connections, a socket's error, or a time-out of the driver.
 */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code === null) return driverFaults.test(error.message);
  return /^(08|57P|53300$|25P03$)/.test(code) || connectionCodes.has(code);
}

/**
 * SQLSTATEs of a server that may do later what it does not do now. Classes: 53 resources (53100 disk full, 53200 out of
 * memory), 57 intervention (57014 cancelled, by a time-out too), 58 system (58030 I/O), 28 and 3D access to the
 * database. Codes: 55P03 lock not available, 40001 serialisation, 40P01 deadlock, 40003 completion unknown, 25006 a
 * standby during a failover.
 */
const transientStates = /^(53|57|58|28|3D|55P03$|40001$|40P01$|40003$|25006$)/;

/**
 * Whether what failed may succeed when it is simply tried again, because the fault is that of the database, its disk,
 * its load or the way to it. Nothing is set aside for such a fault: it is answered with 503, and tried again.
 */
export function isTransientFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof LogUnavailable || isConnectionFault(error)) return true;
  const code = codeOf(error);
  if (code !== null && transientStates.test(code)) return true;
  return error.cause !== undefined && isTransientFault(error.cause);
}

/** Whether PostgreSQL says that its disk is full or broken. */
export function isStorageFault(error: unknown): boolean {
  return /^(53100|58030)$/.test(codeOf(error) ?? '');
}
