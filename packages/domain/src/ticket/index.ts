export * from './events.ts';
export * from './recorded-event.ts';
export * from './vocabulary.ts';
