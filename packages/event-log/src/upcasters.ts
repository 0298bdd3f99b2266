import { categories, type UpcasterRegistry } from './categories.ts';
import { EventUnknown } from './errors.ts';
import type { JsonObject } from './port.ts';

export interface Upcasters {
  /** Whether an event is stored as it is today: most are. */
  isPresent(event: { type: string; v: number }): boolean;
  /** Throws `EventUnknown` for a type or version of a newer release. */
  upcast(event: { type: string; v: number; data: JsonObject; position: number }): {
    v: number;
    data: JsonObject;
  };
}

/** The present version of every event type. */
export const currentVersions: { readonly [type: string]: number } = Object.assign(
  {},
  ...Object.values(categories).map(({ versions }) => versions),
);

const storedVersions: UpcasterRegistry = Object.assign(
  {},
  ...Object.values(categories).map(({ upcasters }) => upcasters),
);

/** Lifts stored events to their present versions. Throws where a step between two versions is missing. */
export function createUpcasters(
  registry: UpcasterRegistry = storedVersions,
  versions: { readonly [type: string]: number } = currentVersions,
): Upcasters {
  for (const [type, current] of Object.entries(versions)) {
    for (let v = 1; v < current; v += 1) {
      if (registry[type]?.[v] === undefined) throw new Error(`no upcaster of ${type} from version ${v}`);
    }
  }
  return {
    isPresent: ({ type, v }) => versions[type] === v,
    upcast({ type, v, data, position }) {
      const current = versions[type];
      if (current === undefined || v > current) throw new EventUnknown(type, v, position);
      let lifted = data;
      for (let step = v; step < current; step += 1) lifted = registry[type]?.[step]?.(lifted) ?? lifted;
      return { v: current, data: lifted };
    },
  };
}
