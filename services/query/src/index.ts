export { query } from './definition.ts';
export { describeDifference } from './rebuild/compare.ts';
export { sourceNames } from './rebuild/reading/source.ts';
export { type RebuildOptions, type Rebuilt, rebuildReadModels } from './rebuild/rebuild.ts';
