export * from './columns.ts';
export { createQueries, type Queries } from './queries.ts';
