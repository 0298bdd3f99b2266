import { pauseAfter } from '@ringback/worker';
import type { Pool } from 'pg';
import type { Logger, LogSubscription, SubscriptionOptions } from '../port.ts';
import { createUpcasters, type Upcasters } from '../upcasters.ts';
import { createKafkaClient, type KafkaConnection } from './client/client.ts';
import type { ReaderTimings } from './client/reader.ts';
import { createSender } from './client/sender.ts';
import type { KafkaObserver } from './observer.ts';
import { createKafkaSubscription } from './receive/kafka-subscription.ts';
import { createRelay, type Relay } from './relay/relay.ts';
import { createRelayLease } from './relay/relay-lease.ts';
import { relayName } from './relay/relay-name.ts';
import { ensureTopics, TopicsUnsafe } from './topics/ensure-topics.ts';
import { defaultTopicPrefix } from './topics/topics.ts';

export interface KafkaStreamOptions extends KafkaConnection {
  pool: Pool;
  /** What somebody waits for: lag and parked streams; `pool` when absent. */
  lookups?: Pool;
  logger: Logger;
  /** What the names of topics and consumer groups begin with. Default `ringback.` */
  topicPrefix?: string;
  upcasters?: Upcasters;
  observer?: KafkaObserver;
  /** How long a leader of the relay that is not heard of keeps the lead, milliseconds. Default 5,000. */
  lease?: number;
  /** What Kafka has not brought after so long is read from PostgreSQL, milliseconds. Default 5,000. */
  sweepAfter?: number;
  timings?: Partial<ReaderTimings>;
}

/** The log's way through Kafka: its topics, the relay that fills them, and the subscriptions that read them. */
export interface KafkaStream {
  /**
   * Checks the topics, makes those that are missing, and takes part in the relay. Rejects with `TopicsUnsafe` when they
   * must not be used as they are. When Kafka cannot be reached it resolves all the same, and goes on trying.
   */
  start(onAppended: (listener: () => void) => () => void): Promise<void>;
  /** Whether Kafka carries the log, and if not, why. */
  state(): { ok: boolean; detail: string };
  subscribe(options: SubscriptionOptions, onAppended: (listener: () => void) => () => void): LogSubscription;
  /** Null until the topics are known. */
  relay(): Relay | null;
  stop(): Promise<void>;
}

const backOff = { first: 200, longest: 5_000 };
const saidEveryMilliseconds = 60_000;

export function createKafkaStream(options: KafkaStreamOptions): KafkaStream {
  const { pool, logger, topicPrefix = defaultTopicPrefix, upcasters = createUpcasters(), observer } = options;
  const client = createKafkaClient(options);
  let relay: Relay | null = null;
  let fault: Error | null = new Error('the topics have not been checked yet');
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let trying: Promise<void> = Promise.resolve();
  let said = Number.NEGATIVE_INFINITY;

  type OnAppended = Parameters<KafkaStream['start']>[0];

  async function attempt(onAppended: OnAppended): Promise<void> {
    const clusterId = await ensureTopics(client, topicPrefix, options.brokers, async (cluster, missing) => {
      logger.info(
        { topics: missing },
        'makes topics that are missing; the log is published from its beginning',
      );
      // Before they are there: who is killed between the two leaves no topic that is taken for full.
      await leaseOf(cluster).restart();
    });
    if (stopped) return;
    relay = createRelay({
      pool,
      name: relayName(clusterId, topicPrefix),
      lease: leaseOf(clusterId),
      upcasters,
      logger,
      topicPrefix,
      onAppended,
      sender: createSender(client),
      ...(observer === undefined ? {} : { observer }),
    });
    relay.start();
    if (said > 0) logger.info({ brokers: options.brokers }, 'Kafka can be reached');
    fault = null;
  }

  const leaseOf = (clusterId: string) =>
    createRelayLease({ pool, name: relayName(clusterId, topicPrefix), duration: options.lease ?? 5_000 });

  function tryLater(failures: number, onAppended: OnAppended): void {
    if (stopped) return;
    timer = setTimeout(
      () => {
        trying = attempt(onAppended).catch((error: Error) => {
          report(error);
          tryLater(failures + 1, onAppended);
        });
      },
      pauseAfter(failures, backOff),
    );
  }

  function report(error: Error): void {
    fault = error;
    if (performance.now() - said < saidEveryMilliseconds) return;
    said = performance.now();
    const message =
      error instanceof TopicsUnsafe
        ? 'the topics must not be used as they are; the log is not published'
        : 'Kafka cannot be reached; appends go on, and what is appended is published when it can';
    logger.error({ err: error, brokers: options.brokers }, message);
  }

  return {
    async start(onAppended) {
      try {
        await attempt(onAppended);
      } catch (error) {
        if (error instanceof TopicsUnsafe) throw error;
        report(error as Error);
        tryLater(1, onAppended);
      }
    },
    state: () =>
      fault === null
        ? { ok: true, detail: relay?.leads() ? 'leads the relay' : 'another process leads the relay' }
        : { ok: false, detail: fault.message },
    subscribe: (subscription, onAppended) =>
      createKafkaSubscription(subscription, {
        pool,
        ...(options.lookups === undefined ? {} : { lookups: options.lookups }),
        upcasters,
        logger,
        onAppended,
        client,
        topicPrefix,
        ...(observer === undefined ? {} : { observer }),
        ...(options.sweepAfter === undefined ? {} : { sweepAfter: options.sweepAfter }),
        ...(options.timings === undefined ? {} : { timings: options.timings }),
      }),
    relay: () => relay,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await trying;
      await relay?.stop();
    },
  };
}
