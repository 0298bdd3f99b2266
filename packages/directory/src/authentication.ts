import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '@ringback/domain/administration';
import type { Defined } from './port.ts';
import { createSingleFlight } from './single-flight.ts';

/** Unknown keys wait for each other: together they make the projection catch up so often, milliseconds. */
const catchUpInterval = 100;

export interface AuthenticationDependencies {
  find(hash: string): Defined<ApiKey> | null;
  /** Resolves when everything that is in the log now is known here, or after a second at most. */
  catchUp(): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** The SHA-256 (hex) under which a key or a token is known; the key itself is nowhere. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * Finds the record of an API key. A key that is not known may have been made a moment ago, on another server: so the
 * projection catches up before the answer is no. However many unknown keys come, it does so ten times a second at
 * most, once for all who wait.
 */
export function createAuthentication({ find, catchUp, now }: AuthenticationDependencies) {
  const catchUpTogether = createSingleFlight(catchUp, catchUpInterval);

  function lookUp(hash: string): Defined<ApiKey> | null {
    const record = find(hash);
    if (record === null || !timingSafeEqual(Buffer.from(record.hash), Buffer.from(hash))) return null;
    return record.expiresAt !== null && Date.parse(record.expiresAt) <= now() ? null : record;
  }

  return async (key: string): Promise<Defined<ApiKey> | null> => {
    const hash = hashSecret(key);
    if (find(hash) === null) await catchUpTogether();
    return lookUp(hash);
  };
}
