import type { Adapter } from './adapter.ts';
import { zammadCti } from './zammad-cti/zammad-cti.ts';

/** Every dialect that is spoken, by the name in the webhook's address. */
export const adapters: { readonly [name: string]: Adapter } = { [zammadCti.name]: zammadCti };

export const adapterNames: readonly string[] = Object.keys(adapters);
