import type { Logger } from '../../port.ts';
import { withDeadline } from './deadline.ts';
import { type Admin, type Kafka, KafkaLibrary, logLevel } from './kafkajs.ts';
import { createClientLog } from './log.ts';

export interface KafkaConnection {
  /** `host:port` of some brokers; the others are learnt from them. */
  brokers: string[];
  logger?: Logger;
  /** What answers later than this counts as failed, milliseconds. Default 10,000. */
  deadline?: number;
}

/** The way to one Kafka cluster. Nothing is connected before it is used. */
export interface KafkaClient {
  readonly kafka: Kafka;
  readonly deadline: number;
  /** Connects, does the work, disconnects; the whole within the deadline. */
  administer<T>(what: string, work: (admin: Admin) => Promise<T>): Promise<T>;
}

const connectMilliseconds = 3_000;

export function createKafkaClient({ brokers, logger, deadline = 10_000 }: KafkaConnection): KafkaClient {
  const log = logger === undefined ? () => {} : createClientLog(logger);
  const kafka = new KafkaLibrary({
    clientId: 'ringback',
    brokers,
    connectionTimeout: Math.min(connectMilliseconds, deadline),
    requestTimeout: deadline,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
    logLevel: logLevel.WARN,
    logCreator: () => log,
  });
  return {
    kafka,
    deadline,
    async administer(what, work) {
      const admin = kafka.admin();
      try {
        return await withDeadline(
          admin.connect().then(() => work(admin)),
          deadline,
          what,
        );
      } finally {
        void admin.disconnect().catch(() => {});
      }
    },
  };
}
