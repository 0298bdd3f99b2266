export { callListener } from './call-listener.ts';
export type { UpcasterRegistry } from './categories.ts';
export type { Part } from './copy/part.ts';
export { type HistoryOptions, readHistories } from './copy/read-histories.ts';
export type { StoredEvent } from './copy/stored-events.ts';
export {
  CommandReused,
  EventUnknown,
  isConnectionFault,
  isStorageFault,
  isTransientFault,
  LogUnavailable,
  MigrationChanged,
  TextInvalid,
  VersionConflict,
} from './errors.ts';
export { createEventLog, type EventLogOptions } from './event-log.ts';
export { createKafkaStream, type KafkaStream, type KafkaStreamOptions } from './kafka/kafka-stream.ts';
export type { KafkaObserver } from './kafka/observer.ts';
export { type ReadTopicOptions, readTopic } from './kafka/receive/read-topic.ts';
export { publishedPosition } from './kafka/relay/published-position.ts';
export {
  createTicketFactsIndex,
  type TicketFactsIndex,
  tellingTypes,
} from './kafka/relay/ticket-facts-index.ts';
export { defaultTopicPrefix, topicDefinitions } from './kafka/topics/topics.ts';
export {
  type LogIdentity,
  type LogIdentityOptions,
  startLogIdentity,
} from './log-identity.ts';
export { type Migration, migrate } from './migrate/migrate.ts';
export { logMigrations, subscriptionMigrations } from './migrate/migrations.ts';
export type * from './port.ts';
export { readChangedStreams } from './read/changed-streams.ts';
export { readPage, readStreams, upcast } from './read/reader.ts';
export { endedProcess } from './subscribe/in-hand.ts';
export { inTransaction } from './transaction.ts';
export { createUpcasters, currentVersions, type Upcasters } from './upcasters.ts';
