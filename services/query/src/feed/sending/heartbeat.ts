import type { FeedClock, Listener } from './listener.ts';

/** Ensures that no connection is silent for longer than an interval. */
export interface Heartbeat {
  readonly clock: FeedClock;
  add(listener: Listener): void;
  stop(): void;
}

/** Ticks of the clock in an interval. */
export const ticksInInterval = 150;
/** A heartbeat comes up to this many ticks early, so that one event sent to everyone does not align all heartbeats. */
const spread = Math.floor(ticksInInterval / 4);

/**
 * One timer for all listeners. Each is in the slot of the tick at which it is due if nothing is sent to it. At that tick
 * it is moved on if something was sent meanwhile; otherwise `beat` is called for it.
 */
export function startHeartbeat(intervalMilliseconds: number, beat: (listener: Listener) => void): Heartbeat {
  const slots: Listener[][] = Array.from({ length: ticksInInterval + 1 }, () => []);
  const clock: FeedClock = { tick: 0 };
  let placed = 0;

  function place(listener: Listener): void {
    placed += 1;
    const due = listener.sentAt + ticksInInterval - (placed % spread);
    slots[due % slots.length]?.push(listener);
  }

  function pass(): void {
    clock.tick += 1;
    const slot = clock.tick % slots.length;
    const due = slots[slot] ?? [];
    slots[slot] = [];
    for (const listener of due) {
      if (listener.isEnded) continue;
      if (clock.tick - listener.sentAt >= ticksInInterval - spread) {
        listener.sentAt = clock.tick;
        beat(listener);
      }
      place(listener);
    }
  }

  const timer = setInterval(pass, intervalMilliseconds / ticksInInterval);
  timer.unref();
  return {
    clock,
    add: place,
    stop: () => clearInterval(timer),
  };
}
