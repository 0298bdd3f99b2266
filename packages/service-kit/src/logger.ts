import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import { createRepeatFilter } from './repeated-faults.ts';

/** Structured logs on standard output, without what must not be read there. */
export function createLogger(level: string, name: string): Logger {
  return pino({
    level,
    hooks: { logMethod: createRepeatFilter() },
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
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
        'err.config',
        'err.connectionString',
      ],
      censor: '[redacted]',
    },
  });
}

/** The address of a request without what is secret in it: the query, and the token of a webhook's path. */
function loggableUrl(url: string): string {
  const path = url.split('?')[0] ?? url;
  return path.replace(/^(\/v1\/webhooks\/[^/]+\/).+$/, '$1[token]');
}

/** One line for a request, at level debug: the metrics count them all. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  request.log.debug(
    {
      requestId: request.id,
      method: request.method,
      url: loggableUrl(request.url),
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  );
  done();
}
