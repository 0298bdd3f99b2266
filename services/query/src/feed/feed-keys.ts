import type { Directory } from '@ringback/directory';
import { type Identity, Problem } from '@ringback/service-kit';
import type { Listener } from './sending/listener.ts';

export interface FeedLimits {
  /** Feeds open at once in this process. */
  all: number;
  /** With one key that is not an administrator's. */
  perKey: number;
}

/** The open feeds of each key: how many it may have, and until when. */
export interface FeedKeys {
  /** Takes one of the key's places. Throws `too-many-feeds` or `unavailable`. */
  reserve(identity: Identity): void;
  /** Checks that the key is valid as of a position of the log, and reads its expiry. Throws `unauthenticated`. */
  confirm(keyId: string, position: number): Promise<void>;
  /** Binds the reserved place to a listener. */
  assign(listener: Listener): void;
  /** Returns a place, with its listener if one was assigned. */
  release(keyId: string, listener?: Listener): void;
  /** Places taken. */
  size(): number;
  stop(): void;
}

export interface FeedKeysOptions {
  directory: Pick<Directory, 'apiKey' | 'onChanged' | 'whenProcessed'>;
  limits: FeedLimits;
  /** By the database's clock, epoch milliseconds. */
  now(): number;
  /** These listeners' key was revoked or has expired. */
  onEnded(listeners: Listener[]): void;
}

interface KeyInUse {
  places: number;
  listeners: Set<Listener>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

const retryAfterSeconds = '30';
const patienceMilliseconds = 1_000;
/** Re-armed at least hourly: clocks drift, and a timer cannot exceed 24 days. */
const longestTimer = 3_600_000;

export function createFeedKeys({ directory, limits, now, onEnded }: FeedKeysOptions): FeedKeys {
  const keys = new Map<string, KeyInUse>();
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = Number.POSITIVE_INFINITY;

  const unsubscribe = directory.onChanged((kind, id) => {
    const key = kind === 'api-key' ? keys.get(id) : undefined;
    if (key !== undefined && directory.apiKey(id) === null) onEnded([...key.listeners]);
  });

  function expire(): void {
    wakeAt = Number.POSITIVE_INFINITY;
    const instant = now();
    for (const { expiresAt, listeners } of [...keys.values()]) {
      if (expiresAt <= instant) onEnded([...listeners]);
      else wakeUpAt(expiresAt);
    }
  }

  function wakeUpAt(instant: number): void {
    if (instant >= wakeAt) return;
    wakeAt = instant;
    clearTimeout(timer);
    timer = setTimeout(expire, Math.min(longestTimer, Math.max(0, instant - now())));
    timer.unref();
  }

  return {
    reserve({ keyId, scopes }) {
      const places = keys.get(keyId)?.places ?? 0;
      const headers = { 'retry-after': retryAfterSeconds };
      if (!scopes.has('administration') && places >= limits.perKey) {
        const detail = `This key may have at most ${limits.perKey} feeds open in one process.`;
        throw new Problem('too-many-feeds', { detail, headers });
      }
      if (size >= limits.all) {
        const detail = `This process serves at most ${limits.all} feeds.`;
        throw new Problem('unavailable', { detail, headers });
      }
      const key = keys.get(keyId) ?? { places: 0, listeners: new Set(), expiresAt: Number.POSITIVE_INFINITY };
      key.places += 1;
      keys.set(keyId, key);
      size += 1;
    },
    async confirm(keyId, position) {
      // A key created a moment ago may not be projected yet.
      if (directory.apiKey(keyId) === null) await directory.whenProcessed(position, patienceMilliseconds);
      const record = directory.apiKey(keyId);
      const expiresAt = record?.expiresAt == null ? Number.POSITIVE_INFINITY : Date.parse(record.expiresAt);
      if (record === null || expiresAt <= now())
        throw new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="ringback"' } });
      const key = keys.get(keyId);
      if (key !== undefined) key.expiresAt = expiresAt;
      wakeUpAt(expiresAt);
    },
    assign(listener) {
      keys.get(listener.keyId)?.listeners.add(listener);
    },
    release(keyId, listener) {
      const key = keys.get(keyId);
      if (key === undefined) return;
      if (listener !== undefined) key.listeners.delete(listener);
      key.places -= 1;
      size -= 1;
      if (key.places === 0) keys.delete(keyId);
    },
    size: () => size,
    stop() {
      unsubscribe();
      clearTimeout(timer);
    },
  };
}
