import type { Leadership } from './relay-lease.ts';

/** How far Kafka has acknowledged, recorded alongside what is sent next. */
export interface Progress {
  /** Everything at or before a position was acknowledged. Told again, it tries again where recording has failed. */
  acknowledged(position: number): void;
  /** Resolves when nothing is being recorded; rejects when what was acknowledged cannot be. */
  settle(): Promise<void>;
}

/**
 * One write at a time, of the latest position: what is sent again after a crash is a little more, and never less, than
 * what was not acknowledged. When another leads by now, the first write that finds out ends the leadership.
 */
export function createProgress(leadership: Leadership): Progress {
  let latest = leadership.position;
  let recorded = leadership.position;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    try {
      while (recorded < latest) {
        const to = latest;
        if (!(await leadership.advance(to))) return;
        recorded = to;
      }
    } finally {
      // At once: what is acknowledged from here on is another write's.
      writing = null;
    }
  }

  return {
    acknowledged(position) {
      latest = position;
      if (writing !== null || recorded === latest) return;
      writing = write();
      // The database is away: the next acknowledgement tries again.
      writing.catch(() => {});
    },
    async settle() {
      await writing?.catch(() => {});
      if (recorded < latest) await write();
    },
  };
}
