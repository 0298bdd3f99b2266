export { query } from './definition.ts';
export { describeDifference } from './rebuild/compare.ts';
export { type RebuildOptions, type Rebuilt, rebuildReadModels } from './rebuild/rebuild.ts';
export { sourceNames } from './rebuild/source.ts';
