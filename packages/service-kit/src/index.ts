export { createAuthenticator, type Identity, requireScope } from './authentication.ts';
export { type Backup, backUp, restore } from './backup/backup.ts';
export { BackupRefused } from './backup/errors.ts';
export { ListQuery, pageByKey, pageLength } from './bounded-lists.ts';
export {
  checkConditions,
  checkVersion,
  commandOf,
  type ExpectedVersions,
  etag,
  ifMatch,
  setPosition,
  setVersion,
} from './conditional.ts';
export {
  type Configuration,
  ConfigurationInvalid,
  configurationTable,
  readConfiguration,
} from './configuration.ts';
export { createPool } from './database.ts';
export { type DatabaseClock, startDatabaseClock } from './database-clock.ts';
export { toProblem } from './error-handler.ts';
export { explainDatabaseFault } from './explain-database-fault.ts';
export { createLogger } from './logger.ts';
export { createMetrics } from './metrics.ts';
export { checkTarget, createOutboundAgent, type Resolve } from './outbound-guard.ts';
export {
  cursorNumber,
  cursorText,
  decodeCursor,
  encodeCursor,
  PageQuery,
  pageOf,
  wholeNumber,
} from './pagination.ts';
export { problemResponses } from './problem-responses.ts';
export {
  type FieldError,
  fieldProblem,
  fieldProblems,
  Problem,
  type ProblemCode,
  problemBody,
} from './problems.ts';
export { checkCatalogInThread, readCatalog } from './read-catalog.ts';
export { requireStaff } from './require-staff.ts';
export { runMain } from './run-main.ts';
export { type Running, type RunOptions, runMigrations, runServices } from './run-services.ts';
export { observeSchedule } from './schedule-metrics.ts';
export { createSecrets, type Secrets } from './secrets.ts';
export type * from './service.ts';
export { stuckTimerRoutes } from './stuck-timers.ts';
export { watchLaunchers } from './watch-launchers.ts';
export { askedBy, type Computations, createComputations, defineTask } from './worker/index.ts';
