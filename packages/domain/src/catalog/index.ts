export * from './catalog.ts';
export * from './catalog-schema.ts';
export { longestCatalogText } from './catalog-text.ts';
export * from './errors.ts';
export { checkCatalog, parseCatalog } from './parse-catalog.ts';
