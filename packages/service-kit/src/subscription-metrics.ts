import { type EventLog, endedProcess, type Subscription } from '@ringback/event-log';
import { Gauge, type Registry } from 'prom-client';

export interface ObservedLog {
  log: EventLog;
  /** Those that keep their checkpoint in this schema. */
  subscriptionsOf(schema: string): Subscription[];
}

/**
 * The same log, whose subscriptions are shown in the metrics: how far behind each is, and what it has parked or set
 * aside.
 */
export function observeSubscriptions(log: EventLog, registry: Registry): ObservedLog {
  const observed: { schema: string; subscription: Subscription }[] = [];
  let looking: Promise<void> | null = null;
  /** One look for the gauges of a scrape, each of which waits for it: else one would show what the last scrape saw. */
  const collect = () => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  const gauge = <Label extends string>(name: string, help: string, ...labels: Label[]) =>
    new Gauge({
      name: `ringback_subscription_${name}`,
      help,
      labelNames: ['subscription', ...labels],
      registers: [registry],
      collect,
    });
  const parked = gauge(
    'parked_events',
    'Events that wait because one of their stream could not be processed',
  );
  const setAside = gauge(
    'set_aside_streams',
    'Streams that are parked because processing one of their events ended the process',
  );
  const lag = gauge('lag', 'How far a subscription is behind the log, in events and in seconds', 'unit');

  async function look(): Promise<void> {
    for (const { subscription } of observed) {
      const { name } = subscription;
      const [{ events, seconds }, waiting] = await Promise.all([subscription.lag(), subscription.parked()]);
      lag.set({ subscription: name, unit: 'events' }, events);
      lag.set({ subscription: name, unit: 'seconds' }, seconds);
      parked.set(
        { subscription: name },
        waiting.reduce((sum, stream) => sum + stream.events, 0),
      );
      setAside.set({ subscription: name }, waiting.filter(({ error }) => error === endedProcess).length);
    }
  }

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
