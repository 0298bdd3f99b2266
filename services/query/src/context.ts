import type { LogSubscription } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import type { FeedHub } from './feed/feed-hub.ts';

/** What the routes of this service stand on. */
export interface QueryContext extends ServiceContext {
  projection: LogSubscription;
  feed: FeedHub;
  refresh(): Promise<unknown>;
}
