import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@ringback/administration';
import { administrationEventSchemas, administrationStreamId } from '@ringback/domain/administration';
import { VersionConflict } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import { newApiKey } from '../administration/api-keys.ts';

const developmentKeyFile = 'development-key';

/**
 * The administrator's key of `BOOTSTRAP_API_KEY`, made once. In the embedded mode without that variable a development
 * key is made instead and kept in the data directory, readable by its owner only.
 */
export async function bootstrapKey(context: ServiceContext): Promise<void> {
  const { bootstrapApiKey, databaseUrl, dataDirectory } = context.configuration;
  const key = bootstrapApiKey ?? (databaseUrl === null ? await developmentKey(dataDirectory) : null);
  if (key === null) return;
  const hash = hashSecret(key);
  const name = bootstrapApiKey === null ? 'Development' : 'Bootstrap';
  const stream = {
    category: 'administration' as const,
    id: administrationStreamId('api-key', `bootstrap-${hash.slice(0, 16)}`),
  };
  const data = { name, hash, scopes: ['administration'], customerId: null, expiresAt: null };
  const event = { type: 'ApiKeyCreated', v: administrationEventSchemas.ApiKeyCreated.v, data };
  try {
    const outcome = await context.log.append({
      appends: [{ stream, expected: 'none', events: [event] }],
      metadata: { actor: 'service:intake' },
    });
    await context.administration.whenProcessed(outcome.position, 10_000);
  } catch (error) {
    // It was made at an earlier start, and may have been revoked since.
    if (!(error instanceof VersionConflict)) throw error;
  }
}

/** The development key of a data directory; null when there is none. */
export async function readDevelopmentKey(dataDirectory: string): Promise<string | null> {
  const text = await readFile(join(dataDirectory, developmentKeyFile), 'utf8').catch(() => null);
  return text === null ? null : text.trim();
}

async function developmentKey(dataDirectory: string): Promise<string> {
  const known = await readDevelopmentKey(dataDirectory);
  if (known !== null) return known;
  const key = newApiKey();
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(join(dataDirectory, developmentKeyFile), `${key}\n`, { mode: 0o600 });
  return key;
}
