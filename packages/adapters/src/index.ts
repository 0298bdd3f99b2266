export type { Adapter } from './adapter.ts';
export { adapterNames, adapters } from './adapters.ts';
export type { RawDelivery } from './fields/body.ts';
