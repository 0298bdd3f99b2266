import type { EventLog, LogSubscription } from '@ringback/event-log';
import { setPosition } from '@ringback/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longer than a projection lags in health, short enough that an overloaded one still answers with what it has. */
const patienceMilliseconds = 1_000;

/**
 * Lists are as fresh as writes: waits until the read model holds what was committed when the request came in, and what
 * the client says it has seen (`Ringback-Position`), at most a second. The answer names the position it stands at.
 */
export async function waitForReadModel(
  log: Pick<EventLog, 'head'>,
  projection: Pick<LogSubscription, 'whenProcessed' | 'position'>,
  request?: FastifyRequest,
  reply?: FastifyReply,
): Promise<void> {
  const seen = Number(request?.headers['ringback-position'] ?? 0);
  const { position } = await log.head();
  const wanted = Number.isSafeInteger(seen) ? Math.max(position, seen) : position;
  if (projection.position() < wanted) await projection.whenProcessed(wanted, patienceMilliseconds);
  if (reply !== undefined) setPosition(reply, projection.position());
}
