import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Server-sent events (WHATWG HTML, 9.2) as the answer of one request. */
export interface EventStream {
  /** Something was sent: the status cannot be another any more. */
  readonly isOpen: boolean;
  /** Waits while the other side reads slower than we write. Rejects when `signal` is aborted meanwhile. */
  send(event: string, data: object): Promise<void>;
  end(): void;
}

/** Takes the answer over from the framework with the first event; until then a problem is answered as any other. */
export function createEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): EventStream {
  const { raw } = reply;
  let isOpen = false;
  const open = () => {
    isOpen = true;
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': request.id,
    });
  };
  return {
    get isOpen() {
      return isOpen;
    },
    async send(event, data) {
      signal.throwIfAborted();
      if (!isOpen) open();
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (!raw.write(text)) await once(raw, 'drain', { signal });
    },
    end() {
      if (isOpen) raw.end();
    },
  };
}
