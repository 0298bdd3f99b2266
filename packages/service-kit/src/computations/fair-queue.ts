/** A queue that takes the callers in turn: one that queues much waits for itself, not the others for it. */
export interface FairQueue<T> {
  readonly size: number;
  push(caller: string, item: T, bytes: number): 'queued' | 'queue-full' | 'caller-full';
  /** The next item of the caller whose turn it is; undefined: the queue is empty. */
  take(): T | undefined;
  /** False: it is not in the queue any more. */
  remove(caller: string, item: T): boolean;
}

export interface FairQueueLimits {
  items: number;
  bytes: number;
  /** Of one caller. */
  itemsOfCaller: number;
  bytesOfCaller: number;
}

interface Entry<T> {
  item: T;
  bytes: number;
}

interface Line<T> {
  entries: Entry<T>[];
  bytes: number;
}

export function createFairQueue<T>(limits: FairQueueLimits): FairQueue<T> {
  // A Map iterates in the order of insertion: the caller whose turn it was is inserted again.
  const lines = new Map<string, Line<T>>();
  let size = 0;
  let bytes = 0;

  const left = (caller: string, line: Line<T>, entry: Entry<T>): void => {
    size -= 1;
    bytes -= entry.bytes;
    line.bytes -= entry.bytes;
    if (line.entries.length === 0) lines.delete(caller);
  };
  return {
    get size() {
      return size;
    },
    push(caller, item, weight) {
      const line = lines.get(caller) ?? { entries: [], bytes: 0 };
      // A single item is let in whatever it weighs: a body has a limit of its own.
      const isCallerFull =
        line.entries.length > 0 &&
        (line.entries.length >= limits.itemsOfCaller || line.bytes + weight > limits.bytesOfCaller);
      if (isCallerFull) return 'caller-full';
      if (size > 0 && (size >= limits.items || bytes + weight > limits.bytes)) return 'queue-full';
      line.entries.push({ item, bytes: weight });
      line.bytes += weight;
      lines.set(caller, line);
      size += 1;
      bytes += weight;
      return 'queued';
    },
    take() {
      const next = lines.entries().next();
      if (next.done === true) return undefined;
      const [caller, line] = next.value;
      const entry = line.entries.shift() as Entry<T>;
      lines.delete(caller);
      if (line.entries.length > 0) lines.set(caller, line);
      left(caller, line, entry);
      return entry.item;
    },
    remove(caller, item) {
      const line = lines.get(caller);
      const index = line?.entries.findIndex((entry) => entry.item === item) ?? -1;
      if (line === undefined || index < 0) return false;
      const [entry] = line.entries.splice(index, 1);
      left(caller, line, entry as Entry<T>);
      return true;
    },
  };
}
