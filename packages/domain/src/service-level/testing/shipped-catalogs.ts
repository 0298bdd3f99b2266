import { readFileSync } from 'node:fs';
import { type Catalog, parseCatalog } from '../../catalog/index.ts';
import { catalogProblems } from '../catalog-check.ts';

const ids = [
  'set-rate-contract',
  'cat-levels',
  'technical-support-centre',
  'support-subscription',
  'contract-levels',
];

/** The five catalogs that ship with the product, by id. */
export const shippedCatalogs: ReadonlyMap<string, Catalog> = new Map(
  ids.map((id) => {
    const file = new URL(`../../../../../catalogs/${id}.yaml`, import.meta.url);
    return [id, parseCatalog(readFileSync(file, 'utf8'), catalogProblems)];
  }),
);
