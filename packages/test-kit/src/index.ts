export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { createMessageCheck, type EventDescription } from './event-description.ts';
export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { type Answer, createHttpClient, type HttpClient } from './http-client.ts';
export { createTopicPrefix, describeWithBroker, describeWithKafka } from './kafka/describe-with-kafka.ts';
export { type Broker, type BrokerOptions, startBroker } from './kafka/index.ts';
export { createAnswerCheck, type RouteDescription } from './route-description.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
