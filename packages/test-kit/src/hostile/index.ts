export { simulation } from './heavy-requests.ts';
export type { HostileRequest } from './hostile-request.ts';
export { type HostileTarget, prepareHostileTarget, sendHostileRequest } from './hostile-target.ts';
