export { type Operation, operationsOf, type WalkedDescription } from './operations.ts';
export { type SeededServer, seedServer } from './seed-server.ts';
export {
  describeFinding,
  type Finding,
  type WalkOptions,
  type WalkReport,
  walkRoutes,
} from './walk-routes.ts';
