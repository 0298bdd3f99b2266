import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';

/** Seals what must be stored but not be readable: signing secrets of outbound webhooks. */
export interface Secrets {
  seal(plain: string): string;
  /** Throws when the text was sealed with another key or was changed. */
  open(sealed: string): string;
  /** A key of 32 bytes for one purpose; every process of the installation derives the same. */
  derive(purpose: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM under a key derived from `material`. */
export function createSecrets(material: string): Secrets {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', material, 'ringback', purpose, 32));
  const key = derive('sealed secrets');
  return {
    derive,
    seal(plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(text) {
      const bytes = Buffer.from(text, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(nonceBytes + tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    },
  };
}

/** The key's material: `SECRET_KEY`, else one made once and kept in the database. */
export async function loadSecrets(pool: Pool, secretKey: string | null): Promise<Secrets> {
  if (secretKey !== null) return createSecrets(secretKey);
  await pool.query(
    'insert into kit.instance (only_row, secret_key) values (true, $1) on conflict (only_row) do nothing',
    [randomBytes(32).toString('base64')],
  );
  const { rows } = await pool.query<{ secret_key: string }>('select secret_key from kit.instance');
  return createSecrets(rows[0]?.secret_key ?? '');
}

export const kitMigrations = [
  {
    name: '001-instance',
    sql: 'create table kit.instance (only_row boolean primary key check (only_row), secret_key text not null)',
  },
];
