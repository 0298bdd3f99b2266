import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is looked up when the metrics are read. */
export interface NotificationGauges {
  /** Of what is not done with: state → number. */
  counts(): Promise<Map<string, number>>;
  setAside(): Promise<number>;
  /** Age of the oldest that is still to be delivered, seconds; 0 when nothing is. */
  oldestPending(): Promise<number>;
}

export interface NotificationMetrics {
  attempts: Counter<'channel' | 'outcome'>;
  lateness: Histogram;
}

export function createNotificationMetrics(
  registry: Registry,
  { counts, setAside, oldestPending }: NotificationGauges,
): NotificationMetrics {
  const registers = [registry];
  new Gauge({
    name: 'ringback_notifications',
    help: 'Notifications that are pending, waiting for a mail server, or dead',
    labelNames: ['state'],
    registers,
    async collect() {
      for (const [state, count] of await counts()) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'ringback_notifications_set_aside',
    help: 'Notifications that are set aside because sending them ended the process',
    registers,
    async collect() {
      this.set(await setAside());
    },
  });
  new Gauge({
    name: 'ringback_notifications_oldest_pending_seconds',
    help: 'Age of the oldest notification that is still to be delivered',
    registers,
    async collect() {
      this.set(await oldestPending());
    },
  });
  return {
    attempts: new Counter({
      name: 'ringback_notification_attempts_total',
      help: 'Tries to deliver, by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    lateness: new Histogram({
      name: 'ringback_notification_lateness_seconds',
      help: 'From the recording of an event to the first try to tell somebody of it',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300],
      registers,
    }),
  };
}
