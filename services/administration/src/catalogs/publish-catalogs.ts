import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { administrationEventSchemas, administrationStreamId } from '@ringback/domain/administration';
import type { Catalog } from '@ringback/domain/catalog';
import { VersionConflict } from '@ringback/event-log';
import { checkedCatalog, type ServiceContext } from '@ringback/service-kit';
import { catalogData } from './catalogs.ts';

const shipped = fileURLToPath(new URL('../../../../catalogs', import.meta.url));

/**
 * Publishes the shipped catalogs, or those of `CATALOG`. A catalog that was changed through the API since stays as it
 * is: only a file that differs from what this file last published is published again. Rejects with file, line and what
 * is allowed when one cannot be read.
 */
export async function publishCatalogs({
  configuration,
  log,
  whenDefined,
  logger,
}: ServiceContext): Promise<void> {
  for (const { file, content } of await readCatalogs(configuration.catalog ?? shipped)) {
    const id = content.catalog;
    const stream = { category: 'administration' as const, id: administrationStreamId('catalog', id) };
    const events = await log.readStream(stream);
    const published = events.map(({ data }) => ({
      version: Number(data.version),
      digest: String(data.digest),
    }));
    const data = catalogData(content, published[published.length - 1] ?? null);
    if (published.some(({ digest }) => digest === data.digest)) continue;
    const event = { type: 'CatalogPublished', v: administrationEventSchemas.CatalogPublished.v, data };
    try {
      const outcome = await log.append({
        appends: [{ stream, expected: events.length, events: [event] }],
        metadata: { actor: 'service:administration' },
      });
      await whenDefined(outcome.position);
      logger.info({ catalog: id, version: data.version, file }, 'catalog published');
    } catch (error) {
      // Another instance that starts now has published it.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}

/** The operator's own files, read without a limit of time: on a busy machine a start takes longer, and succeeds. */
async function readCatalogs(path: string): Promise<{ file: string; content: Catalog }[]> {
  const files = await catalogFiles(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    const reason = error.code === 'ENOENT' ? 'there is no such file or folder' : error.code;
    throw new Error(`CATALOG: ${path} cannot be read: ${reason}`);
  });
  if (files.length === 0) throw new Error(`CATALOG: the folder ${path} contains no .yaml file`);
  return await Promise.all(
    files.map(async (file) => {
      try {
        const text = await readFile(file, 'utf8');
        return { file, content: checkedCatalog(text) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`CATALOG: ${file} is not a catalog:\n${reason}`);
      }
    }),
  );
}

async function catalogFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}
