export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { eventually } from './eventually.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
