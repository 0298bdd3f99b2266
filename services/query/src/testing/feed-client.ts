import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

interface FedEvent {
  id: number;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever an event holds.
  data: any;
}

/** A reader of the feed, as a client's library would be. */
export interface FeedClient {
  status: number;
  headers: IncomingHttpHeaders;
  /** Those that came whole, in the order of coming. */
  events: FedEvent[];
  /** The last `id` that came, with an event or without. */
  lastId(): number | null;
  /** Everything that came. */
  text(): string;
  /** Stops reading, as a slow reader does. */
  pause(): void;
  resume(): void;
  close(): void;
  /** Resolves when either side has ended it. */
  ended: Promise<void>;
}

export interface FeedRequest {
  /** With its `?`. */
  query?: string;
  lastEventId?: number;
  method?: string;
}

/** Opens a feed on a connection of its own. Resolves with the head of the answer, whatever its status is. */
export async function openFeed(
  url: string,
  key: string,
  { query = '', lastEventId, method = 'GET' }: FeedRequest = {},
): Promise<FeedClient> {
  const position = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const headers = { authorization: `Bearer ${key}`, ...position };
  // As most libraries do, it would use the connection again.
  const agent = new Agent({ keepAlive: true });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${url}/v1/feed${query}`, { method, headers, agent })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
  const events: FedEvent[] = [];
  const chunks: string[] = [];
  const waiting: string[] = [];
  let lastId: number | null = null;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    chunks.push(chunk);
    // A megabyte comes in many chunks: it is put together only where an event ends.
    waiting.push(chunk);
    if (!chunk.includes('\n')) return;
    const blocks = waiting.splice(0).join('').split('\n\n');
    waiting.push(blocks.pop() ?? '');
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const id = field('id');
      const type = field('event');
      if (id !== undefined) lastId = Number(id);
      if (type !== undefined)
        events.push({ id: Number(id), type, data: JSON.parse(field('data') ?? 'null') });
    }
  });
  response.on('error', () => {});
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    lastId: () => lastId,
    text: () => chunks.join(''),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void response.destroy(),
    ended: new Promise((resolve) => response.once('close', resolve)),
  };
}
