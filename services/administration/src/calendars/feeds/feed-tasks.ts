/** What a computation thread runs for `read-feed.ts`. */
export { readFeed } from '@ringback/domain/service-level';
