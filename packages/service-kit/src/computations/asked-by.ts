import type { FastifyRequest } from 'fastify';
import type { RunOptions } from './computations.ts';

/** Of a body whose length was not announced. */
const unknownLength = 100_000;

/** For a computation that a request asks for: whose turn it takes, what it holds, and whether anyone still waits. */
export function askedBy(request: FastifyRequest): Pick<RunOptions<unknown>, 'caller' | 'bytes' | 'isWanted'> {
  return {
    caller: request.identity.keyId,
    bytes: Number(request.headers['content-length'] ?? unknownLength),
    isWanted: () => !request.socket.destroyed,
  };
}
