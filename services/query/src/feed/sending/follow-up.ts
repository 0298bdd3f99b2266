import type { Turns } from '../../turns.ts';
import type { FeedEntry } from '../feed-entry.ts';
import type { LogPages } from '../reading/log-pages.ts';
import type { RecentEvents } from '../reading/recent-events.ts';
import { drained, type Listener, piecesOf, send, sendPosition } from './listener.ts';

export interface FollowUpSources {
  /** The end of the log, in memory. */
  recent: RecentEvents;
  /** What lies before it. */
  pages: LogPages;
  turns: Turns;
  /** Called once the listener has everything, synchronously: an event in between would be lost. */
  onCaughtUp(listener: Listener): void;
}

/**
 * Sends a listener everything after its position, from the log and then from memory, at the pace of the other side.
 * Resolves when it has caught up or has ended.
 */
export async function followUp(listener: Listener, sources: FollowUpSources): Promise<void> {
  const { recent, pages, turns, onCaughtUp } = sources;
  for (;;) {
    await drained(listener);
    if (turns.isOver()) await turns.next();
    if (listener.isEnded) return;
    if (listener.position < recent.start()) {
      const page = await pages.read(listener.position, recent.start());
      if (listener.isEnded) return;
      sendNext(listener, after(page.entries, listener.position), page.until);
    } else {
      sendNext(listener, recent.after(listener.position), recent.end());
      if (listener.position === recent.end() && !listener.socket.writableNeedDrain)
        return onCaughtUp(listener);
    }
  }
}

/** Sends the next piece; if there is none, moves the listener to `until`. */
function sendNext(listener: Listener, entries: Iterable<FeedEntry>, until: number): void {
  for (const piece of piecesOf(entries, listener.filter)) return send(listener, piece);
  listener.position = until;
  sendPosition(listener);
}

function* after(entries: readonly FeedEntry[], position: number): Generator<FeedEntry> {
  for (const entry of entries) if (entry.event.position > position) yield entry;
}
