import { createHash } from 'node:crypto';
import type { Command } from '@ringback/event-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems/problem.ts';

/** The entity tag of a version. */
export const etag = (version: number): string => `"${version}"`;

/** Sets what every answer about a versioned thing carries: its ETag, and the log's position it stands at. */
export function setVersion(reply: FastifyReply, version: number, position?: number): void {
  reply.header('etag', etag(version));
  if (position !== undefined) setPosition(reply, position);
}

/** Sets the log's position that an answer reflects, and the log's name. */
export function setPosition(reply: FastifyReply, position: number): void {
  reply.header('ringback-position', position);
  reply.header('ringback-log', reply.server.logName());
}

/** The versions that a request is meant for; null: whatever it is. */
export type ExpectedVersions = readonly number[] | null;

const entityTags = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/;

/**
 * The versions that `If-Match` names; null when it is absent or `*`. A weak tag, or one that is not a version, matches
 * none (RFC 9110, 13.1.1: strong comparison). Throws `malformed-request` for what is not a list of entity tags.
 */
export function ifMatch({ headers }: FastifyRequest): ExpectedVersions {
  const header = headers['if-match'];
  if (header === undefined || header.trim() === '*') return null;
  if (!entityTags.test(header)) {
    throw new Problem('malformed-request', { detail: 'If-Match takes entity tags, such as "3", or *.' });
  }
  return [...header.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag = '']) =>
    weak === undefined && /^[1-9]\d{0,8}$/.test(tag) ? [Number(tag)] : [],
  );
}

/** Throws `version-mismatch` when `If-Match` names other versions than the present one. */
export function checkVersion(expected: ExpectedVersions, actual: number): void {
  if (expected !== null && !expected.includes(actual)) {
    throw new Problem('version-mismatch', { extra: { version: actual }, headers: { etag: etag(actual) } });
  }
}

/**
 * Throws when a `PUT` is not meant for what is there: `precondition-failed` for `If-None-Match: *` where it exists, or
 * with its present entity tag; `version-mismatch` for `If-Match` with other versions, or of something that is not there.
 */
export function checkConditions(request: FastifyRequest, version: number, exists: boolean): void {
  const absent = request.headers['if-none-match'];
  if (absent !== undefined) {
    if (absent.trim() !== '*' && !entityTags.test(absent)) {
      throw new Problem('malformed-request', {
        detail: 'If-None-Match takes entity tags, such as "3", or *.',
      });
    }
    const names = absent.trim() === '*' || absent.split(',').some((tag) => weaken(tag) === etag(version));
    if (exists && names) throw new Problem('precondition-failed', { headers: { etag: etag(version) } });
  }
  const expected = request.headers['if-match'];
  if (expected !== undefined && !exists) throw new Problem('version-mismatch', { extra: { version: 0 } });
  checkVersion(ifMatch(request), version);
}

/** `If-None-Match` compares weakly (RFC 9110, 13.1.2). */
const weaken = (tag: string): string => tag.trim().replace(/^W\//, '');

const quoted = /^"([\x20\x21\x23-\x7e]{1,200})"$/;
const bare = /^(?!""$)[\x21-\x7e]{1,200}$/;

/** The `Idempotency-Key` without its quotes; undefined when there is none. Throws `idempotency-key-invalid`. */
function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header);
  const key = quoted.exec(text)?.[1] ?? (bare.test(text) ? text : undefined);
  if (key === undefined) throw invalidKey();
  return key;
}

/**
 * The command of a request with an `Idempotency-Key`, undefined without: its id is bound to the API key, its
 * fingerprint to method, address and body. Throws `idempotency-key-invalid`.
 */
export function commandOf(request: FastifyRequest): Omit<Command, 'result'> | undefined {
  const key = idempotencyKeyOf(request);
  if (key === undefined) return undefined;
  return {
    id: digest([request.identity.keyId, key]),
    fingerprint: digest([request.method, request.url, request.body ?? null]),
  };
}

/** For routes that do not look at the header themselves: what is not a key is refused everywhere. */
export function requireIdempotencyKey(
  { headers, routeOptions }: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const header = headers['idempotency-key'];
  // A phone system is never refused for a header that nothing of ours reads.
  if (
    header === undefined ||
    routeOptions.config.scope === 'public' ||
    quoted.test(String(header)) ||
    bare.test(String(header))
  )
    return done();
  done(invalidKey());
}

const invalidKey = () =>
  new Problem('idempotency-key-invalid', {
    errors: [{ pointer: '/headers/idempotency-key', detail: 'must have 1 to 200 printable characters' }],
  });

function digest(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
