import { isDeepStrictEqual } from 'node:util';
import {
  type AdministrationEventData,
  type AdministrationEventType,
  type AdministrationKind,
  administrationEventSchemas,
  administrationStreamId,
} from '@ringback/domain/administration';
import { type Command, VersionConflict } from '@ringback/event-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkConditions, commandOf, setVersion } from '../http/conditional.ts';
import { metadataOf } from '../http/metadata.ts';
import { Problem } from '../http/problems/problem.ts';
import type { ServiceContext } from '../service.ts';

/** What an aggregate of the administration is now, as far as a change needs to know. */
interface Present {
  version: number;
}

interface Change<T extends AdministrationEventType> {
  kind: AdministrationKind;
  id: string;
  type: T;
  data: AdministrationEventData<T>;
  /** The aggregate as it is; null: there is none. */
  present: Present | null;
}

const removals = /(?:Removed|Revoked)$/;

/**
 * Appends a change of the administration and waits until every service of the process has taken it in, so that what it
 * allows works at once. A change that leaves everything as it is appends nothing. Answers the version. Throws `version-mismatch`.
 */
export async function changeDefinition<T extends AdministrationEventType>(
  request: FastifyRequest,
  { log, whenDefined }: ServiceContext,
  { kind, id, type, data, present }: Change<T>,
): Promise<number> {
  const stream = { category: 'administration' as const, id: administrationStreamId(kind, id) };
  // What came before the version that is known is not looked at: a large customer has had many.
  const events = await log.readStream(stream, { fromVersion: present?.version ?? 1 });
  const last = events[events.length - 1];
  const version = last?.version ?? 0;
  // Whoever removes something has found it before.
  checkConditions(request, version, present !== null || removals.test(type));
  if (
    present !== null &&
    last?.type === type &&
    isDeepStrictEqual(last.data, JSON.parse(JSON.stringify(data)))
  ) {
    return version;
  }
  const command: Command | undefined = commandOf(request);
  try {
    const event = { type, v: administrationEventSchemas[type].v, data: data as { [field: string]: unknown } };
    const outcome = await log.append({
      appends: [{ stream, expected: version, events: [event] }],
      ...(command === undefined ? {} : { command }),
      metadata: metadataOf(request),
    });
    await whenDefined(outcome.position);
    return outcome.streams[0]?.version ?? version + 1;
  } catch (error) {
    if (error instanceof VersionConflict) throw new Problem('conflict');
    throw error;
  }
}

/**
 * Makes a new aggregate and answers 201 with its address. The answer may hold a secret that is shown only once: under
 * an `Idempotency-Key` it is kept sealed, so that a repeated request gets the very same answer and makes nothing.
 */
export async function createDefinition<T extends AdministrationEventType, A extends { id: string }>(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServiceContext,
  { kind, id, type, data }: Omit<Change<T>, 'present'>,
  answer: A,
): Promise<A> {
  const { log, whenDefined, secrets } = context;
  const command = commandOf(request);
  const sealed = command === undefined ? undefined : secrets.seal(JSON.stringify(answer));
  const event = { type, v: administrationEventSchemas[type].v, data: data as { [field: string]: unknown } };
  const stream = { category: 'administration' as const, id: administrationStreamId(kind, id) };
  const outcome = await log.append({
    appends: [{ stream, expected: 'none', events: [event] }],
    ...(command === undefined ? {} : { command: { ...command, result: { sealed } } }),
    metadata: metadataOf(request),
  });
  await whenDefined(outcome.position);
  const first = outcome.status === 'repeated' ? outcome.result?.sealed : undefined;
  const given = typeof first === 'string' ? (JSON.parse(secrets.open(first)) as A) : answer;
  setVersion(reply, 1);
  reply.status(201).header('location', `${request.routeOptions.url}/${given.id}`);
  return given;
}
