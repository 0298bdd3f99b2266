import { type Catalog, CatalogInvalid, parseCatalog } from '@ringback/domain/catalog';
import { catalogProblems } from '@ringback/domain/service-level';
import { Problem } from './problems.ts';

/**
 * A catalog as it can be published, from YAML or JSON text. Throws the problem `catalog-invalid` with every fault at
 * once; `place` is the JSON Pointer of the catalog within the request. Lines and columns are told of a text only: of an
 * object they would be those of our own writing.
 */
export function readCatalog(content: string | object, place = ''): Catalog {
  const isText = typeof content === 'string';
  try {
    return parseCatalog(isText ? content : JSON.stringify(content), catalogProblems);
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
    });
  }
}
