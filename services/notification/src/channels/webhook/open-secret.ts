import type { Secrets } from '@ringback/service-kit';
import { SecretUnreadable } from '../../errors.ts';

/** Throws `SecretUnreadable`, which says what to do. */
export function openSecret(secrets: Secrets, sealed: string): string {
  try {
    return secrets.open(sealed);
  } catch (error) {
    throw new SecretUnreadable(error);
  }
}
