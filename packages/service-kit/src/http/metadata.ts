import type { Metadata } from '@ringback/event-log';
import type { FastifyRequest } from 'fastify';

const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Who asked, and under which request and trace. */
export function metadataOf(request: FastifyRequest): Metadata {
  const trace = request.headers.traceparent;
  return {
    actor: `api-key:${request.identity.keyId}`,
    requestId: request.id,
    ...(typeof trace === 'string' && traceparent.test(trace) ? { traceparent: trace } : {}),
  };
}
