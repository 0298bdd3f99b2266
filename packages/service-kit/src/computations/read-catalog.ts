import { type Catalog, CatalogInvalid, longestCatalogText } from '@ringback/domain/catalog';
import { Problem } from '../http/problems/problem.ts';
import { checkedCatalog } from './catalog-tasks.ts';
import { type Computations, defineTask, type RunOptions } from './index.ts';

const reading = defineTask<typeof checkedCatalog>(
  new URL('./catalog-tasks.ts', import.meta.url),
  'checkedCatalog',
  { milliseconds: 10_000, errors: [CatalogInvalid] },
);

/** A catalog that can be published, read in a thread. Rejects with `CatalogInvalid`, or as `Computations.run`. */
async function checkCatalogInThread(
  computations: Computations,
  content: string | object,
  asked: RunOptions<undefined>,
): Promise<Catalog> {
  // What is too long for a catalog is refused by its length alone; it need not be copied.
  if (typeof content === 'string' && content.length > longestCatalogText) return checkedCatalog(content);
  return await computations.run(reading, content, asked);
}

/**
 * A catalog as it can be published, from YAML or JSON text. Rejects with the problem `catalog-invalid`, which names the
 * faults; `place` is the JSON Pointer of the catalog within the request. Lines and columns are told of a text only: of
 * an object they would be those of our own writing.
 */
export async function readCatalog(
  computations: Computations,
  content: string | object,
  { place = '', ...asked }: RunOptions<undefined> & { place?: string },
): Promise<Catalog> {
  const isText = typeof content === 'string';
  try {
    return await checkCatalogInThread(computations, content, asked);
  } catch (error) {
    if (!(error instanceof CatalogInvalid)) throw error;
    const [first] = error.problems;
    const detail = isText ? error.message.split('\n')[0] : first && `${place}${first.path}: ${first.message}`;
    throw new Problem('catalog-invalid', {
      detail: detail ?? 'cannot be read',
      errors: error.problems.map(({ line, column, path, message }) => ({
        pointer: `${place}${path}`,
        detail: message,
        ...(isText ? { line, column } : {}),
      })),
      omitted: error.omitted,
    });
  }
}
