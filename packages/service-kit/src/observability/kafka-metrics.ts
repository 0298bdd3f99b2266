import type { KafkaObserver, KafkaStream } from '@ringback/event-log';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { observeLag } from './lag-metrics.ts';
import { latencyBuckets } from './latency-buckets.ts';

/** Counts what happens between the log and Kafka. */
export function createKafkaMetrics(registry: Registry): KafkaObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `ringback_kafka_${name}_total`, help, labelNames, registers });
  const seconds = new Histogram({
    name: 'ringback_kafka_send_seconds',
    help: 'From a send to Kafka to its acknowledgement, recorded',
    buckets: latencyBuckets,
    registers,
  });
  const leads = new Gauge({
    name: 'ringback_kafka_relay_leads',
    help: 'Whether this process publishes the log: 1 for one process of all',
    registers,
  });
  leads.set(0);
  const messages = counter('sent_messages', 'Messages that Kafka acknowledged');
  const failures = counter('send_failures', 'Sends to Kafka that failed and are made again');
  const oversized = counter(
    'oversized_events',
    'Events that no topic takes; consumers read them from PostgreSQL',
  );
  const rebalances = counter('rebalances', 'Times that a consumer group was rebalanced', 'subscription');
  const crashes = counter('consumer_crashes', 'Consumers that ended by themselves', 'subscription');
  const ignored = counter('ignored_events', 'Events that came again after they were applied', 'subscription');
  const fromLog = counter(
    'events_read_from_log',
    'Events that Kafka left out (gap) or did not bring in time (sweep), read from PostgreSQL',
    'subscription',
    'why',
  );
  const foreign = counter(
    'foreign_messages',
    'Messages in the topics that are no events of the log',
    'subscription',
  );
  return {
    onLead: (isLeading) => leads.set(isLeading ? 1 : 0),
    onSent(count, duration) {
      messages.inc(count);
      seconds.observe(duration);
    },
    onSendFailed: () => failures.inc(),
    onOversized: () => oversized.inc(),
    onRebalance: (subscription) => rebalances.inc({ subscription }),
    onCrash: (subscription) => crashes.inc({ subscription }),
    onIgnored: (subscription, events) => ignored.inc({ subscription }, events),
    onReadFromLog: (subscription, why, events) => fromLog.inc({ subscription, why }, events),
    onForeign: (subscription, count) => foreign.inc({ subscription }, count),
  };
}

/** How far what is published lies behind the log; the same in every process. */
export function observeRelay(kafka: KafkaStream, registry: Registry): void {
  observeLag(registry, 'ringback_kafka_relay', 'the log in Kafka is behind PostgreSQL', async () => {
    const progress = await kafka.relay()?.progress();
    return progress === undefined ? [] : [{ labels: {}, lag: progress }];
  });
  new Gauge({
    name: 'ringback_kafka_relay_position',
    help: 'Every event at or before this position is in Kafka',
    registers: [registry],
    async collect() {
      const progress = await kafka.relay()?.progress();
      if (progress !== undefined) this.set(progress.position);
    },
  });
}
