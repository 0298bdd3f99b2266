import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The role that owns everything in the embedded PostgreSQL. */
export const embeddedUser = 'ringback';
export const embeddedDatabase = 'ringback';

/** The address of a database of the embedded PostgreSQL, which listens on 127.0.0.1; Ringback's own by default. */
export function embeddedUrl(password: string, port: number, database = embeddedDatabase): string {
  return `postgres://${embeddedUser}:${password}@127.0.0.1:${port}/${database}`;
}

const passwordFile = (dataDirectory: string) => join(dataDirectory, 'postgres-password');

/** The password of the embedded PostgreSQL; null before its first start. */
export async function readPassword(dataDirectory: string): Promise<string | null> {
  try {
    return (await readFile(passwordFile(dataDirectory), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Makes the password at the first start. */
export async function makePassword(dataDirectory: string): Promise<string> {
  const made = randomBytes(24).toString('base64url');
  await writeFile(passwordFile(dataDirectory), made, { mode: 0o600 });
  return made;
}
