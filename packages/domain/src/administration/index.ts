export * from './aggregate.ts';
export { administrationCloudEventSchema } from './cloud-event-schema.ts';
export * from './events.ts';
export * from './requests.ts';
