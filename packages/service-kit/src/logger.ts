import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import { describeError } from './loggable-error.ts';
import { createRepeatFilter } from './repeated-faults.ts';

/**
 * Structured logs on standard output. Errors are written by an allow-list of their fields: libraries hang connections,
 * keys and requests on them.
 */
export function createLogger(level: string, name: string): Logger {
  return pino({
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
  });
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
