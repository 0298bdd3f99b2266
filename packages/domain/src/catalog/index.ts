export * from './catalog.ts';
export * from './catalog-schema.ts';
export * from './errors.ts';
export { checkCatalog, parseCatalog } from './parse-catalog.ts';
