/** What a computation thread runs for `read-catalog.ts`. */
import { type Catalog, checkCatalog, parseCatalog } from '@ringback/domain/catalog';
import { catalogProblems } from '@ringback/domain/service-level';

/** A catalog from its text, or from what a JSON text held. Throws `CatalogInvalid`. */
export function checkedCatalog(content: string | object): Catalog {
  return typeof content === 'string'
    ? parseCatalog(content, catalogProblems)
    : checkCatalog(content, catalogProblems);
}
