import { isConnectionFault, isTransientFault } from '@ringback/event-log';
import type { LoggerOptions } from 'pino';

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

const pauseMilliseconds = 60_000;
const maximumKept = 200;

/**
 * Lets a line about a transient fault of the database through once, and the same line after a minute again, with the
 * number of those between: while the database is away dozens of loops have the same to say. Other lines all pass.
 */
export function createRepeatFilter(now: () => number = () => performance.now()): LogMethod {
  const said = new Map<string, { at: number; suppressed: number }>();
  return function filter(args, method) {
    const [fields, message] = args as unknown as [{ err?: unknown } | string, string | undefined];
    if (typeof fields === 'string' || message === undefined || !isTransientFault(fields.err)) {
      return method.apply(this, args);
    }
    // One outage shows as several faults of the connection.
    const kind = isConnectionFault(fields.err) ? '' : (fields.err as { code?: string }).code;
    const key = `${message} ${kind ?? ''}`;
    const before = said.get(key);
    if (before !== undefined && now() - before.at < pauseMilliseconds) {
      before.suppressed += 1;
      return;
    }
    if (said.size >= maximumKept) said.clear();
    said.set(key, { at: now(), suppressed: 0 });
    const repeated = before === undefined || before.suppressed === 0 ? {} : { repeated: before.suppressed };
    method.apply(this, [{ ...fields, ...repeated }, message] as unknown as Parameters<typeof method>);
  };
}
