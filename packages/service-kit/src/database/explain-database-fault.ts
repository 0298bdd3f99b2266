import { parse } from 'node:path';
import type { PoolConfig } from 'pg';

/** Where a pool connects to, without the password. */
function placeOf({ connectionString = '' }: PoolConfig): { host: string; database: string; user: string } {
  const url = URL.canParse(connectionString) ? new URL(connectionString) : null;
  return {
    host: url === null || url.hostname === '' ? 'the local socket' : `${url.hostname}:${url.port || 5432}`,
    database: decodeURIComponent(parse(url?.pathname ?? '').base),
    user: decodeURIComponent(url?.username ?? ''),
  };
}

/** What a fault of the connection at the start means for whoever set `DATABASE_URL`, and what to do. */
export function explainDatabaseFault(error: unknown, config: PoolConfig): Error {
  const { host, database, user } = placeOf(config);
  const { code = '', message } = error as { code?: string; message: string };
  const explanations: { [code: string]: string } = {
    '28P01': `PostgreSQL at ${host} does not accept the password of user "${user}". Correct user and password.`,
    '28000': `PostgreSQL at ${host} does not let user "${user}" in: ${message}.`,
    '3D000': `There is no database "${database}" at ${host}. Create it, or name another.`,
    '42501': `User "${user}" lacks a right in database "${database}": ${message}. Grant it, or name another user.`,
    ENOTFOUND: `The host of ${host} has no address. Correct the name, or wait for its DNS entry.`,
    EAI_AGAIN: `The name server does not answer for ${host}.`,
    ECONNREFUSED: `Nothing listens at ${host}. Start PostgreSQL there, or correct the address.`,
  };
  const explanation = explanations[code] ?? `PostgreSQL at ${host} cannot be used: ${message || code}.`;
  return new Error(`DATABASE_URL: ${explanation}`, { cause: error });
}

/** Whether the database refuses to be used by this user, or is not there. */
export const isAccessFault = (error: unknown): boolean =>
  /^(28|3D|42501$)/.test(String((error as { code?: unknown } | null)?.code));
