export { createAuthenticator, type Identity, requireScope } from './authentication.ts';
export { checkVersion, commandOf, type ExpectedVersions, etag, ifMatch, setVersion } from './conditional.ts';
export {
  type Configuration,
  ConfigurationInvalid,
  configurationTable,
  readConfiguration,
} from './configuration.ts';
export { createPool } from './database.ts';
export { type DatabaseClock, startDatabaseClock } from './database-clock.ts';
export { toProblem } from './error-handler.ts';
export { createLogger } from './logger.ts';
export { createMetrics } from './metrics.ts';
export { checkTarget, createOutboundAgent, type Resolve } from './outbound-guard.ts';
export { decodeCursor, encodeCursor, PageQuery, pageOf } from './pagination.ts';
export { problemResponses } from './problem-responses.ts';
export {
  type FieldError,
  fieldProblem,
  fieldProblems,
  Problem,
  type ProblemCode,
  problemBody,
} from './problems.ts';
export { readCatalog } from './read-catalog.ts';
export { runMain } from './run-main.ts';
export { type Running, type RunOptions, runMigrations, runServices } from './run-services.ts';
export { observeSchedule } from './schedule-metrics.ts';
export { createSecrets, type Secrets } from './secrets.ts';
export type * from './service.ts';
export { stuckTimerRoutes } from './stuck-timers.ts';
