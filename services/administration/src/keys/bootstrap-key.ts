import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@ringback/directory';
import { administrationEventSchemas, administrationStreamId } from '@ringback/domain/administration';
import { VersionConflict } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import { newApiKey } from './api-keys.ts';

const developmentKeyFile = 'development-key';
const developmentName = 'Development';
const bootstrapName = 'Bootstrap';
const idPrefix = 'bootstrap-';
const pageSize = 100;

const maximumTries = 5;

/**
 * The administrator's key of `BOOTSTRAP_API_KEY`. A new value takes the place of the former one, whose key is revoked
 * with it; a value that was replaced or revoked does not come back, so that instances with different values cannot
 * revoke each other's keys in turn. In the embedded mode without that variable a development key is made instead and
 * kept in the data directory, readable by its owner only.
 */
export async function bootstrapKey(context: ServiceContext): Promise<void> {
  const { bootstrapApiKey, databaseUrl, dataDirectory } = context.configuration;
  if (bootstrapApiKey !== null) await makeKey(bootstrapApiKey, bootstrapName, context);
  else if (databaseUrl === null) await makeKey(await developmentKey(dataDirectory), developmentName, context);
}

async function makeKey(key: string, name: string, context: ServiceContext): Promise<void> {
  const { log, directory, logger, whenDefined } = context;
  const hash = hashSecret(key);
  const id = `${idPrefix}${hash.slice(0, 16)}`;
  const stream = streamOf(id);
  for (let attempt = 1; (await log.readStream(stream)).length === 0; attempt += 1) {
    const former = name === bootstrapName ? await formerKeys(context) : [];
    const data = { name, hash, scopes: ['administration'], customerId: null, expiresAt: null };
    try {
      const outcome = await log.append({
        appends: [
          { stream, expected: 'none', events: [newEvent('ApiKeyCreated', data)] },
          ...former.map((each) => ({
            stream: streamOf(each.id),
            expected: each.version,
            events: [newEvent('ApiKeyRevoked', {})],
          })),
        ],
        metadata: { actor: 'service:administration' },
      });
      if (former.length > 0) {
        const revoked = former.map((each) => each.id);
        logger.warn(
          { key: id, revoked },
          'BOOTSTRAP_API_KEY has changed; the key of its former value is revoked',
        );
      }
      await whenDefined(outcome.position);
      return;
    } catch (error) {
      // Another instance that starts now was faster with the same or another value.
      if (!(error instanceof VersionConflict) || attempt === maximumTries) throw error;
      await directory.whenProcessed((await log.head()).position, 10_000);
    }
  }
  if ((await directory.authenticate(key)) !== null) return;
  logger.warn(
    { key: id },
    `the key of ${name === bootstrapName ? 'BOOTSTRAP_API_KEY' : developmentKeyFile} is revoked; set a value that was not used before`,
  );
}

/** Those of former values of `BOOTSTRAP_API_KEY` that are still valid. */
async function formerKeys({ directory }: ServiceContext): Promise<{ id: string; version: number }[]> {
  const former: { id: string; version: number }[] = [];
  for (let after: string | null = null; ; ) {
    const page = await directory.list('api-key', { after, limit: pageSize });
    former.push(...page.filter(({ id, name }) => id.startsWith(idPrefix) && name === bootstrapName));
    if (page.length < pageSize) return former;
    after = page.at(-1)?.id ?? null;
  }
}

const streamOf = (id: string) => ({
  category: 'administration' as const,
  id: administrationStreamId('api-key', id),
});

function newEvent(type: 'ApiKeyCreated' | 'ApiKeyRevoked', data: { [field: string]: unknown }) {
  return { type, v: administrationEventSchemas[type].v, data };
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
