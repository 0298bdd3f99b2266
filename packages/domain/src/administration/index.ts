export * from './aggregate.ts';
export * from './events.ts';
export * from './requests.ts';
