import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, type LoggerOptions, pino } from 'pino';
import { describeError } from './loggable-error.ts';
import { createRepeatFilter } from './repeated-faults.ts';

/** Characters that wait to be written; what comes beyond them is dropped. */
const longestBacklog = 1_048_576;

/**
 * Structured logs on standard output. Errors are written by an allow-list of their fields: libraries hang connections,
 * keys and requests on them.
 */
export function createLogger(level: string, name: string): Logger {
  const output = pino.destination({ fd: process.stdout.fd ?? 1, maxLength: longestBacklog });
  dropAtExit(output);
  const options: LoggerOptions = {
    level,
    hooks: { logMethod: createRepeatFilter() },
    base: { process: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError, error: describeError },
    redact: {
      paths: [
        'authorization',
        'cookie',
        'token',
        'secret',
        'password',
        '*.authorization',
        '*.cookie',
        '*.token',
        '*.secret',
        '*.password',
        'headers.authorization',
        'headers.cookie',
      ],
      censor: '[redacted]',
    },
  };
  return pino(options, output);
}

/**
 * For a disk that is full, or a reader that has gone: there is nowhere to report it, and the service goes on. At the
 * exit what cannot be written is dropped; pino would try to write it for as long as the disk is full.
 */
function dropAtExit(output: ReturnType<typeof pino.destination>): void {
  let isFailing = false;
  output.on('error', () => {
    isFailing = true;
  });
  output.on('write', () => {
    isFailing = false;
  });
  const drop = () => {
    if (!isFailing) return;
    output.flushSync = () => {};
    output.flush = () => {};
  };
  process.prependListener('beforeExit', drop);
  process.prependListener('exit', drop);
}

const unlogged: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/metrics']);

/** One line for a request: the route's pattern, never the address, which may hold a token or a key. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const route = request.routeOptions.url ?? 'unknown';
  if (!unlogged.has(route)) {
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        keyId: request.identity?.keyId || undefined,
      },
      'request',
    );
  }
  done();
}
