export type { FieldError, ProblemCode } from '@ringback/api/problems';
export { checkedCatalog } from './computations/catalog-tasks.ts';
export { askedBy, type Computations, createComputations, defineTask } from './computations/index.ts';
export { readCatalog } from './computations/read-catalog.ts';
export { type Backup, backUp, restore } from './database/backup/backup.ts';
export { createPool } from './database/database.ts';
export { type DatabaseClock, startDatabaseClock } from './database/database-clock.ts';
export { explainDatabaseFault } from './database/explain-database-fault.ts';
export { changeDefinition, createDefinition } from './definitions/change-definition.ts';
export { listDefinitions } from './definitions/list-definitions.ts';
export { requireCustomer } from './definitions/require-customer.ts';
export { BackupRefused } from './errors.ts';
export { createAuthenticator, type Identity, requireScope } from './http/authentication.ts';
export {
  checkConditions,
  checkVersion,
  commandOf,
  type ExpectedVersions,
  etag,
  ifMatch,
  setPosition,
  setVersion,
} from './http/conditional.ts';
export { metadataOf } from './http/metadata.ts';
export { ListQuery, pageByKey, pageLength } from './http/paging/bounded-lists.ts';
export {
  cursorNumber,
  cursorText,
  decodeCursor,
  encodeCursor,
  PageQuery,
  pageOf,
  wholeNumber,
} from './http/paging/pagination.ts';
export { toProblem } from './http/problems/error-handler.ts';
export { fieldProblem, fieldProblems, Problem, problemBody } from './http/problems/problem.ts';
export { problemResponses } from './http/problems/problem-responses.ts';
export { requireStaff } from './http/require-staff.ts';
export { observeLag } from './observability/lag-metrics.ts';
export { latencyBuckets } from './observability/latency-buckets.ts';
export { createLogger } from './observability/logger.ts';
export { createMetrics } from './observability/metrics.ts';
export { observeSchedule } from './observability/schedule-metrics.ts';
export { createRetention, type Retained } from './operations/retention.ts';
export { stuckTimerRoutes } from './operations/stuck-timers.ts';
export { checkTarget, createOutboundAgent, type Resolve } from './outbound/outbound-guard.ts';
export { createSecrets, type Secrets } from './outbound/secrets.ts';
export {
  type Configuration,
  ConfigurationInvalid,
  configurationTable,
  readConfiguration,
} from './process/configuration.ts';
export { runMain } from './process/run-main.ts';
export { type Running, type RunOptions, runMigrations, runServices } from './process/run-services.ts';
export { watchLaunchers } from './process/watch-launchers.ts';
export type * from './service.ts';
