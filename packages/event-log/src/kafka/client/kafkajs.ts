/**
 * The one file that imports kafkajs: another client takes the place of this folder. The library is loaded with its
 * guards on.
 */
import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { guardIdleTimer, type RequestQueueClass } from './idle-timer.ts';

export type {
  Admin,
  Consumer,
  EachBatchPayload,
  ICustomPartitioner,
  Kafka,
  LogEntry,
  PartitionAssigner,
  Producer,
} from 'kafkajs';

// It is CommonJS: Node finds its names only this way.
export const { AssignerProtocol, ConfigResourceTypes, Kafka: KafkaLibrary, logLevel, Partitioners } = kafkajs;

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
guardIdleTimer(version, () => require('kafkajs/src/network/requestQueue/index.js') as RequestQueueClass);
