import { observeLag } from '@ringback/service-kit';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is looked up when the metrics are read. */
export interface TimerGauges {
  waiting(): number;
  shards(): number;
  pending(): Promise<number>;
  lag(): Promise<{ events: number; seconds: number }>;
}

export interface TimerMetrics {
  lateness: Histogram;
  fired: Counter<'type'>;
  conflicts: Counter;
  silent: Counter;
  failed: Counter;
  overdue: Counter<'kind'>;
  unattended: Gauge;
}

export function createTimerMetrics(registry: Registry, gauges: TimerGauges): TimerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `ringback_sla_timer_${name}`,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  gauge('waiting', 'Deadlines of the next seconds, in memory', gauges.waiting);
  gauge('pending', 'Deadlines that are kept', gauges.pending);
  gauge('shards', 'Shards that this instance watches', gauges.shards);
  observeLag(registry, 'ringback_sla_timer', 'the deadlines are behind the log', async () => [
    { labels: {}, lag: await gauges.lag() },
  ]);
  return {
    lateness: new Histogram({
      name: 'ringback_sla_timer_lateness_seconds',
      help: 'From the instant of a miss, or of the record that dated it back, to its own recording',
      buckets: [0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10],
      registers,
    }),
    fired: new Counter({
      name: 'ringback_sla_timer_events_total',
      help: 'Events appended by the timer',
      labelNames: ['type'],
      registers,
    }),
    conflicts: new Counter({
      name: 'ringback_sla_timer_conflicts_total',
      help: 'Decisions made again because the ticket had changed meanwhile',
      registers,
    }),
    silent: new Counter({
      name: 'ringback_sla_timer_silent_total',
      help: 'Deadlines that came due with nothing to say: met, moved or cancelled',
      registers,
    }),
    failed: new Counter({
      name: 'ringback_sla_timer_failed_total',
      help: 'Tickets that could not be decided',
      registers,
    }),
    overdue: new Counter({
      name: 'ringback_sla_timer_overdue_total',
      help: 'Overdue deadlines that were found in the table: taken over from another instance, or overlooked',
      labelNames: ['kind'],
      registers,
    }),
    unattended: new Gauge({
      name: 'ringback_sla_timer_unattended_tickets',
      help: 'Tickets that are open with neither a clock nor an owner',
      registers,
    }),
  };
}
