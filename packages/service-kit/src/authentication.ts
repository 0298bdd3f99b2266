import type { Administration } from '@ringback/administration';
import type { Scope } from '@ringback/domain/administration';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problems.ts';

/** Who asks: an API key, and for a portal's key the one customer that it sees. */
export interface Identity {
  keyId: string;
  scopes: ReadonlySet<Scope>;
  customerId: string | null;
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
  }
}

export interface Authenticator {
  /** The identity of a request's key when it is known already, without waiting. */
  known(request: FastifyRequest): Identity | undefined;
  /** Asks the administration. Throws the problem `unauthenticated`. */
  identify(request: FastifyRequest): Promise<Identity>;
  forget(): void;
}

const rememberedMilliseconds = 5_000;
const maximumRemembered = 10_000;

/** Keys are looked up once and remembered for seconds; `forget` is called when any key changes. */
export function createAuthenticator(authenticate: Administration['authenticate']): Authenticator {
  const remembered = new Map<string, { identity: Identity; until: number }>();
  return {
    known({ headers }) {
      const found = headers.authorization === undefined ? undefined : remembered.get(headers.authorization);
      return found !== undefined && found.until > performance.now() ? found.identity : undefined;
    },
    async identify({ headers }) {
      const header = headers.authorization;
      const key = header === undefined ? undefined : /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1];
      const record = key === undefined ? null : await authenticate(key);
      if (header === undefined || record === null) {
        throw new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="ringback"' } });
      }
      const identity = { keyId: record.id, scopes: new Set(record.scopes), customerId: record.customerId };
      if (remembered.size >= maximumRemembered) remembered.clear();
      remembered.set(header, { identity, until: performance.now() + rememberedMilliseconds });
      return identity;
    },
    forget: () => remembered.clear(),
  };
}

/** Throws the problem `forbidden` when the key lacks the scope. */
export function requireScope({ scopes }: Identity, scope: Scope): void {
  if (scopes.has(scope) || scopes.has('administration')) return;
  throw new Problem('forbidden', { detail: `This key lacks the scope "${scope}".`, extra: { scope } });
}
