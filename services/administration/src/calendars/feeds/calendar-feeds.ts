import { createOutboundAgent, type ServiceContext } from '@ringback/service-kit';
import { applyFeed } from './apply-feed.ts';
import { createFeedStore, type FeedStatus } from './feed-store.ts';
import { fetchFeed } from './fetch-feed.ts';

export interface CalendarFeeds {
  start(): void;
  stop(): Promise<void>;
  /** Reads a calendar's feed now, and answers what came of it. */
  read(calendar: string): Promise<FeedStatus>;
  status(calendar: string): Promise<FeedStatus | null>;
  forget(calendar: string): Promise<void>;
}

const checkMilliseconds = 60_000;

/** Reads the feeds of calendars once an hour, and keeps their closures as exceptions. */
export function createCalendarFeeds(context: ServiceContext): CalendarFeeds {
  const { directory, configuration, logger, pool } = context;
  const agent = createOutboundAgent(configuration.allowPrivateWebhooks);
  const store = createFeedStore(pool);
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  async function read(calendar: string): Promise<FeedStatus> {
    const feed = directory.calendarFeeds().find(({ id }) => id === calendar);
    if (feed === undefined) throw new Error(`${calendar} follows no feed`);
    try {
      const text = await fetchFeed(feed.url, {
        agent,
        allowPrivate: configuration.allowPrivateWebhooks,
        signal: stopping.signal,
      });
      const changed = await applyFeed(calendar, text, context);
      return await store.record(calendar, feed.url, { ...changed, detail: null });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      logger.warn(
        { calendar, detail },
        'a calendar’s feed could not be read; its exceptions stay as they are',
      );
      return await store.record(calendar, feed.url, { added: 0, removed: 0, detail });
    }
  }

  async function readDue(): Promise<void> {
    for (const { id, url } of directory.calendarFeeds()) {
      if (stopping.signal.aborted) return;
      if (await store.claim(id, url)) await read(id);
    }
  }

  return {
    start() {
      const check = () => {
        underWay = underWay
          .then(readDue)
          .catch((error: unknown) => logger.warn({ err: error }, 'the feeds of calendars cannot be read'));
      };
      check();
      timer = setInterval(check, checkMilliseconds);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await underWay;
      await agent.destroy();
    },
    read,
    status: store.status,
    forget: store.forget,
  };
}
