/** A thread of the rebuild: builds its part of the second set. */
import { parentPort, workerData } from 'node:worker_threads';
import { createUpcasters } from '@ringback/event-log';
import { createLogger, createPool } from '@ringback/service-kit';
import type { PartOrder } from './build.ts';
import { buildPart } from './build-part.ts';
import { connections } from './reading/connections.ts';
import { openSource } from './reading/source.ts';

const { databaseUrl, from, kafka, until, parked, part } = workerData as PartOrder;
const pool = createPool(databaseUrl, 'rebuild', createLogger('warn', 'rebuild'), connections, 'unlimited');
await buildPart({
  pool,
  source: openSource(from, pool, kafka),
  part,
  upcasters: createUpcasters(),
  until,
  parked,
  onProgress: (progress) => parentPort?.postMessage(progress),
});
parentPort?.postMessage('done');
