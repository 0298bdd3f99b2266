import { createHash } from 'node:crypto';
import type { Command } from '@ringback/event-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems.ts';

/** The entity tag of a version. */
export const etag = (version: number): string => `"${version}"`;

/** Sets what every answer about a versioned thing carries: its ETag, and the log's position it stands at. */
export function setVersion(reply: FastifyReply, version: number, position?: number): void {
  reply.header('etag', etag(version));
  if (position !== undefined) reply.header('ringback-position', position);
}

/** The version that `If-Match` names; null when it is absent or `*`. Throws `malformed-request` for anything else. */
export function ifMatch({ headers }: FastifyRequest): number | null {
  const header = headers['if-match'];
  if (header === undefined || header === '*') return null;
  const found = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim());
  if (found === null) {
    throw new Problem('malformed-request', { detail: 'If-Match takes one entity tag, such as "3", or *.' });
  }
  return Number(found[1]);
}

/** Throws `version-mismatch` when `If-Match` names another version than the present one. */
export function checkVersion(expected: number | null, actual: number): void {
  if (expected !== null && expected !== actual) {
    throw new Problem('version-mismatch', { extra: { version: actual }, headers: { etag: etag(actual) } });
  }
}

const quoted = /^"([\x20\x21\x23-\x7e]{1,200})"$/;
const bare = /^[\x21-\x7e]{1,200}$/;

/**
 * The command of a request with an `Idempotency-Key`, undefined without: its id is bound to the API key, its
 * fingerprint to method, address and body. Throws `idempotency-key-invalid`.
 */
export function commandOf(request: FastifyRequest): Omit<Command, 'result'> | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header);
  const key = quoted.exec(text)?.[1] ?? (bare.test(text) ? text : undefined);
  if (key === undefined) throw new Problem('idempotency-key-invalid');
  return {
    id: digest([request.identity.keyId, key]),
    fingerprint: digest([request.method, request.url, request.body ?? null]),
  };
}

function digest(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
