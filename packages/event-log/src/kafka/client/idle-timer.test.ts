import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { guardIdleTimer, type RequestQueueClass } from './idle-timer.ts';
import './kafkajs.ts';

const require = createRequire(import.meta.url);
const path = 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  pending: { send(): void; expectResponse: boolean; completed(answer: object): void }[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  destroy(): void;
}

function createQueue(from: unknown): Queue {
  const RequestQueue = from as new (options: object) => Queue;
  const logger = { debug: () => {}, warn: () => {} };
  return new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    clientId: 'x',
    broker: 'x',
    logger,
  });
}

/** The class as the library ships it, whatever was done to the one in use. */
function loadAnew(): RequestQueueClass {
  const file = require.resolve(path);
  const kept = require.cache[file];
  delete require.cache[file];
  const fresh = require(path) as RequestQueueClass;
  if (kept !== undefined) require.cache[file] = kept;
  return fresh;
}

it('leaves an idle connection without a timer, which the library would run indefinitely', () => {
  const guarded = createQueue(require(path));
  guarded.checkPendingRequests();
  expect(guarded.throttleCheckTimeoutId).toBeNull();

  const shipped = createQueue(loadAnew());
  shipped.checkPendingRequests();
  expect(shipped.throttleCheckTimeoutId, 'mended upstream: the guard can go').not.toBeNull();
  shipped.destroy();
});

it('still sends what waits for a throttle to end', async () => {
  const queue = createQueue(require(path));
  queue.throttledUntil = Date.now() + 20;
  const sent = Promise.withResolvers<void>();
  queue.pending.push({ send: sent.resolve, expectResponse: false, completed: () => {} });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  await sent.promise;
  expect(queue.pending).toEqual([]);
  queue.destroy();
});

it('touches the version that it was made for alone', () => {
  const other = loadAnew();
  const before = other.prototype.scheduleCheckPendingRequests;
  guardIdleTimer('2.3.0', () => other);
  expect(other.prototype.scheduleCheckPendingRequests).toBe(before);
});
