/** One past the last message of a partition that is done. */
export interface Done {
  topic: string;
  partition: number;
  offset: string;
}

/** What of a consumer's partitions is done and not committed yet. */
export interface Offsets {
  /** Everything before and at this offset is done. */
  done(topic: string, partition: number, offset: string): void;
  /** Commits to Kafka. Never rejects: what fails is committed with what is done next, or its messages come again. */
  commit(): Promise<void>;
  /** The partitions are others now: nothing that was done in those before is committed any more. */
  forget(): void;
}

/**
 * Offsets only say from where Kafka brings messages after a restart; what has been applied is known by versions. So they
 * are committed now and then and together: with each batch of each partition they would cost as many requests as
 * fetching does, and delay the next fetch.
 */
export function createOffsets(commit: (done: Done[]) => Promise<void>): Offsets {
  let waiting = new Map<string, Done>();
  return {
    done(topic, partition, offset) {
      waiting.set(`${topic}/${partition}`, { topic, partition, offset: (BigInt(offset) + 1n).toString() });
    },
    async commit() {
      if (waiting.size === 0) return;
      const done = waiting;
      waiting = new Map();
      try {
        await commit([...done.values()]);
      } catch {
        // Told with what is done next, or brought again.
      }
    },
    forget() {
      waiting = new Map();
    },
  };
}
