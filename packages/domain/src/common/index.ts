export { findJsonExcess, type JsonLimits } from './json-extent.ts';
export { listNames } from './list-names.ts';
export { createLruCache, type LruCache } from './lru-cache.ts';
