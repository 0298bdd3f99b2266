import type { EventLog } from '@ringback/event-log';
import { commandOf, Problem } from '@ringback/service-kit';
import type { FastifyRequest } from 'fastify';

/**
 * Does what a POST asks for. With an `Idempotency-Key` only the first time: repeats get the first answer. Throws
 * `idempotency-key-reused` when the key came with something else before.
 */
export async function once<T extends { [member: string]: unknown }>(
  request: FastifyRequest,
  log: Pick<EventLog, 'findCommand' | 'append'>,
  work: () => Promise<T>,
): Promise<T> {
  const command = commandOf(request);
  if (command === undefined) return await work();
  const known = await log.findCommand(command.id);
  if (known !== null) {
    if (known.fingerprint !== command.fingerprint) throw new Problem('idempotency-key-reused');
    return known.outcome.result as T;
  }
  const { result } = await log.append({
    appends: [],
    command: { ...command, result: await work() },
    metadata: { actor: `api-key:${request.identity.keyId}`, requestId: request.id },
  });
  return result as T;
}
