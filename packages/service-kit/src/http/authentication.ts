import type { Directory } from '@ringback/directory';
import type { Scope } from '@ringback/domain/administration';
import { createLruCache } from '@ringback/domain/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problems/problem.ts';

/** Who asks: an API key, and for a portal's key the one customer that it sees. */
export interface Identity {
  keyId: string;
  scopes: ReadonlySet<Scope>;
  customerId: string | null;
  /** Requests that it may make; null: any number. */
  perMinute: number | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that needs a scope. */
    identity: Identity;
  }
  interface FastifyInstance {
    /** The name of the log that positions belong to: the header `Ringback-Log`. */
    logName(): string;
  }
  interface FastifyContextConfig {
    /** What the key must be allowed to do; `public` needs no key. A route without it does not start. */
    scope?: Scope | 'public';
    /** The query is taken as it came, undecoded, whatever it holds. */
    hasRawQuery?: boolean;
  }
}

export interface Authenticator {
  /** The identity of a request's key when it is known already, without waiting. */
  known(request: FastifyRequest): Identity | undefined;
  /** Asks the administration. Throws the problem `unauthenticated`. */
  identify(request: FastifyRequest): Promise<Identity>;
  forget(): void;
}

export interface AuthenticatorOptions {
  authenticate: Directory['authenticate'];
  /** Epoch milliseconds by the database's clock: a key is refused from the instant of its expiry. */
  now(): number;
  /** Of a key that has no limit of its own. */
  requestsPerMinute: number;
}

const rememberedMilliseconds = 5_000;
const keysKept = 10_000;
/** A key of ours, or a parameter that is named like one. */
const looksLikeKey = /\brb_[\w-]{8,}|[?&](?:api[-_]?key|key|token|access_token)=/i;
const bearer = /^Bearer ([\x21-\x7e]{1,200})$/i;

/** Keys are looked up once and remembered for seconds; `forget` is called when any key changes. */
export function createAuthenticator({
  authenticate,
  now,
  requestsPerMinute,
}: AuthenticatorOptions): Authenticator {
  const remembered = createLruCache<{ identity: Identity; until: number; expiresAt: number }>({
    entries: keysKept,
  });
  return {
    known({ headers }) {
      if (headers.authorization === undefined) return undefined;
      const found = remembered.get(headers.authorization);
      if (found === undefined || found.until <= performance.now() || found.expiresAt <= now())
        return undefined;
      return found.identity;
    },
    async identify({ headers, url }) {
      const header = headers.authorization;
      if (header === undefined) {
        throw unauthenticated(
          looksLikeKey.test(url)
            ? 'A key in an address is logged by everything on the way: send it as `Authorization: Bearer KEY`, and replace this one.'
            : 'Send `Authorization: Bearer KEY`.',
        );
      }
      const key = bearer.exec(header)?.[1];
      if (key === undefined) {
        throw unauthenticated(
          'The Authorization header does not have the form `Bearer KEY`.',
          'invalid_request',
        );
      }
      const record = await authenticate(key);
      if (record === null) {
        throw unauthenticated('This key is unknown, has expired, or was revoked.', 'invalid_token');
      }
      const scopes = new Set(record.scopes);
      const identity = {
        keyId: record.id,
        scopes,
        customerId: record.customerId,
        perMinute: record.requestsPerMinute ?? (scopes.has('administration') ? null : requestsPerMinute),
      };
      remembered.set(header, {
        identity,
        until: performance.now() + rememberedMilliseconds,
        expiresAt: record.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(record.expiresAt),
      });
      return identity;
    },
    forget: () => remembered.clear(),
  };
}

/** `error` as RFC 6750, 3.1, names it; absent where no credential came. */
function unauthenticated(detail: string, error?: 'invalid_request' | 'invalid_token'): Problem {
  const challenge = `Bearer realm="ringback"${error === undefined ? '' : `, error="${error}"`}`;
  return new Problem('unauthenticated', { detail, headers: { 'www-authenticate': challenge } });
}

/** Throws the problem `forbidden` when the key lacks the scope. */
export function requireScope({ scopes }: Identity, scope: Scope): void {
  if (scopes.has(scope) || scopes.has('administration')) return;
  throw new Problem('forbidden', { detail: `This key lacks the scope "${scope}".`, extra: { scope } });
}
