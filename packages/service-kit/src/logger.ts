import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, type LoggerOptions, pino } from 'pino';

/** Characters that wait to be written; what comes beyond them is dropped. */
const longestBacklog = 1_048_576;

/** Structured logs on standard output, without what must not be read there. */
export function createLogger(level: string, name: string): Logger {
  const output = pino.destination({ fd: process.stdout.fd ?? 1, maxLength: longestBacklog });
  // A disk that is full, or a reader that has gone: there is nowhere to say so, and the service goes on.
  output.on('error', () => {});
  const options: LoggerOptions = {
    level,
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
  };
  return pino(options, output);
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
