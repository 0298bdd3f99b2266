import type { RecordedEvent } from '@ringback/event-log';

/** One event of a server-sent stream (WHATWG HTML, 9.2): `id` is the log's position. */
export function formatFeedEvent(position: number, type: string, json: string): string {
  return `id: ${position}\nevent: ${type}\ndata: ${json}\n\n`;
}

/** Moves the client's `Last-Event-ID` on without an event, so that a resume does not read again what was filtered. */
export function formatFeedPosition(position: number): string {
  return `id: ${position}\n: waiting\n\n`;
}

export interface FeedConnection {
  /** Only these types; null for all. */
  types: ReadonlySet<string> | null;
  ticketId: string | null;
  /** Set for a customer's own key: other customers' tickets do not exist for it. */
  customerId: string | null;
  /** The position that the client has seen. */
  after: number;
}

export interface FeedSink {
  /** False when the other side reads slower than we write: wait for `drained`. */
  write(text: string): boolean;
  drained(): Promise<void>;
  /** False when the key that it was opened with has been revoked or has expired. */
  isAllowed(): Promise<boolean>;
  readonly closed: boolean;
}

export interface FeedSource {
  read(after: number, limit: number): Promise<RecordedEvent[]>;
  /** Customers of these tickets; one that is not known (yet) is absent. */
  customersOf(ticketIds: string[]): Promise<ReadonlyMap<string, string | null>>;
  /** With a customer: as that customer may read it. */
  format(events: RecordedEvent[], customerId: string | null): Promise<string[]>;
  /** Resolves when there may be more after `position`, at the latest after the heartbeat. */
  nextAfter(position: number): Promise<void>;
}

const pageSize = 500;

/** Sends everything after the client's position, then what follows, until either side lets go or the key ends. */
export async function serveFeed(
  connection: FeedConnection,
  sink: FeedSink,
  source: FeedSource,
): Promise<void> {
  let after = connection.after;
  while (!sink.closed) {
    if (!(await sink.isAllowed())) return;
    const page = await source.read(after, pageSize);
    const wanted = await select(page, connection, source);
    const texts = await source.format(wanted, connection.customerId);
    for (const text of texts) {
      if (sink.closed) return;
      if (!sink.write(text)) await sink.drained();
    }
    const last = page[page.length - 1];
    if (last !== undefined) after = last.position;
    if (page.length === pageSize) continue;
    const sent = wanted[wanted.length - 1]?.position;
    if (last !== undefined && sent !== last.position) sink.write(formatFeedPosition(after));
    await source.nextAfter(after);
  }
}

async function select(
  page: RecordedEvent[],
  connection: FeedConnection,
  source: FeedSource,
): Promise<RecordedEvent[]> {
  const { types, ticketId, customerId } = connection;
  const matching = page.filter(
    (event) =>
      (types === null || types.has(event.type)) && (ticketId === null || event.streamId === ticketId),
  );
  if (customerId === null || matching.length === 0) return matching;
  const customers = await source.customersOf([...new Set(matching.map(({ streamId }) => streamId))]);
  return matching.filter(({ streamId }) => customers.get(streamId) === customerId);
}
