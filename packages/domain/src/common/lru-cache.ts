/** A map that forgets the entries that were used least recently once it holds too many, or too much. */
export interface LruCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  clear(): void;
}

export interface LruCacheOptions<V> {
  /** At most so many entries. */
  entries: number;
  /** At most so much in total, in the unit of `weigh`; an entry that weighs more alone is not kept. Default: no limit. */
  weight?: number;
  /** What an entry weighs; it is weighed once. Default: nothing. */
  weigh?: (value: V) => number;
}

export function createLruCache<V>({
  entries: mostEntries,
  weight: mostWeight = Number.POSITIVE_INFINITY,
  weigh = () => 0,
}: LruCacheOptions<V>): LruCache<V> {
  // A Map iterates in the order of insertion: used again is inserted again.
  const entries = new Map<string, { value: V; weight: number }>();
  let weight = 0;

  const remove = (key: string): void => {
    weight -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      remove(key);
      const entry = { value, weight: weigh(value) };
      entries.set(key, entry);
      weight += entry.weight;
      while (entries.size > mostEntries || weight > mostWeight) {
        const oldest = entries.keys().next();
        if (oldest.done === true) return;
        remove(oldest.value);
      }
    },
    delete: remove,
    clear() {
      entries.clear();
      weight = 0;
    },
  };
}
