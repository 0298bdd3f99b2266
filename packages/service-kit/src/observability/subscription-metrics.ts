import { type EventLog, endedProcess, type LogSubscription } from '@ringback/event-log';
import { Gauge, type Registry } from 'prom-client';
import { observeLag } from './lag-metrics.ts';

export interface ObservedLog {
  log: EventLog;
  /** Those that keep their checkpoint in this schema. */
  subscriptionsOf(schema: string): LogSubscription[];
}

/**
 * The same log, whose subscriptions are shown in the metrics: how far behind each is, and what it has parked or set
 * aside.
 */
export function observeSubscriptions(log: EventLog, registry: Registry): ObservedLog {
  const observed: { schema: string; subscription: LogSubscription }[] = [];
  new Gauge({
    name: 'ringback_subscription_parked_events',
    help: 'Events that wait because one of their stream could not be processed',
    labelNames: ['subscription'],
    registers: [registry],
    async collect() {
      for (const { subscription } of observed) {
        const waiting = await subscription.parked();
        const events = waiting.reduce((sum, stream) => sum + stream.events, 0);
        this.set({ subscription: subscription.name }, events);
      }
    },
  });
  new Gauge({
    name: 'ringback_subscription_set_aside_streams',
    help: 'Streams that are parked because processing one of their events ended the process',
    labelNames: ['subscription'],
    registers: [registry],
    async collect() {
      for (const { subscription } of observed) {
        const waiting = await subscription.parked();
        this.set(
          { subscription: subscription.name },
          waiting.filter(({ error }) => error === endedProcess).length,
        );
      }
    },
  });
  const lags = () =>
    Promise.all(
      observed.map(async ({ subscription }) => ({
        labels: { subscription: subscription.name },
        lag: await subscription.lag(),
      })),
    );
  observeLag(registry, 'ringback_subscription', 'a subscription is behind the log', lags, ['subscription']);
  return {
    log: {
      ...log,
      subscribe(options) {
        const subscription = log.subscribe(options);
        observed.push({ schema: options.schema, subscription });
        return subscription;
      },
    },
    subscriptionsOf: (schema) =>
      observed.filter((each) => each.schema === schema).map(({ subscription }) => subscription),
  };
}
