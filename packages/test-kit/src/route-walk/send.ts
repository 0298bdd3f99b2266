import { Agent, type IncomingHttpHeaders, request as open } from 'node:http';
import type { WalkRequest } from './requests.ts';

export interface WalkAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export type Send = (request: WalkRequest, key: string | null) => Promise<WalkAnswer>;

/**
 * Sends requests as they are, without the courtesies of `fetch`. Of a stream that does not end only the head is read.
 * Rejects when the connection breaks, or when there is no answer within `patience` milliseconds.
 */
export function createSender(url: string, patience: number): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(url);
  const attempt: Send = ({ method, path, headers, body }, key) =>
    new Promise((resolve, reject) => {
      const outgoing = open(
        {
          agent,
          hostname,
          port,
          method,
          path,
          headers: {
            ...(key === null ? {} : { authorization: `Bearer ${key}` }),
            ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
          signal: AbortSignal.timeout(patience),
        },
        (incoming) => {
          const status = incoming.statusCode ?? 0;
          if (incoming.headers['content-type']?.startsWith('text/event-stream') === true) {
            incoming.destroy();
            return resolve({ status, headers: incoming.headers, text: '' });
          }
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({ status, headers: incoming.headers, text: Buffer.concat(chunks).toString() }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
  return {
    // A server may close an idle connection at the moment at which a request is written to it.
    send: (request, key) =>
      attempt(request, key).catch((error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' || error.code === 'EPIPE' ? attempt(request, key) : Promise.reject(error),
      ),
    close: () => agent.destroy(),
  };
}
