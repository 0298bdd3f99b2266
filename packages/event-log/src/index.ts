export { callListener } from './call-listener.ts';
export { readChangedStreams } from './changed-streams.ts';
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
export { endedProcess } from './in-hand.ts';
export { createKafkaStream, type KafkaStream, type KafkaStreamOptions } from './kafka/kafka-stream.ts';
export type { KafkaObserver } from './kafka/observer.ts';
export { publishedPosition } from './kafka/published-position.ts';
export { type ReadTopicOptions, readTopic } from './kafka/read-topic.ts';
export { createTicketFacts, type TicketFacts, tellingTypes } from './kafka/ticket-facts.ts';
export { defaultTopicPrefix, topicDefinitions } from './kafka/topics.ts';
export {
  type LogIdentity,
  type LogIdentityOptions,
  startLogIdentity,
} from './log-identity.ts';
export { type Migration, migrate } from './migrate.ts';
export { logMigrations, subscriptionMigrations } from './migrations.ts';
export type { Part } from './part.ts';
export type * from './port.ts';
export { type HistoryOptions, readHistories } from './read-histories.ts';
export { readPage, readStreams, upcast } from './reader.ts';
export type { StoredEvent } from './stored-events.ts';
export { inTransaction } from './transaction.ts';
export { createUpcasters, currentVersions, type UpcasterRegistry, type Upcasters } from './upcasters.ts';
