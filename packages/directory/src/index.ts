export { hashSecret } from './authentication.ts';
export { createDirectory, type DirectoryOptions } from './directory.ts';
export { PlanUnknown } from './errors.ts';
export { directoryMigrations } from './migrations.ts';
export type * from './port.ts';
