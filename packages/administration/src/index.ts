export { type AdministrationOptions, createAdministration } from './administration.ts';
export { hashSecret } from './authentication.ts';
export { PlanUnknown } from './errors.ts';
export { administrationMigrations } from './migrations.ts';
export type * from './port.ts';
