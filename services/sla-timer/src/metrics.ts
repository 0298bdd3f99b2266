import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface TimerMetrics {
  lateness: Histogram;
  fired: Counter<'type'>;
  conflicts: Counter;
  silent: Counter;
  swept: Counter;
  waiting: Gauge;
}

export function createTimerMetrics(registry: Registry): TimerMetrics {
  const registers = [registry];
  return {
    lateness: new Histogram({
      name: 'ringback_sla_timer_lateness_seconds',
      help: 'From the instant of a miss to its recording',
      buckets: [0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1, 1, 10],
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
    swept: new Counter({
      name: 'ringback_sla_timer_sweeps_total',
      help: 'Passes over overdue deadlines',
      registers,
    }),
    waiting: new Gauge({
      name: 'ringback_sla_timer_waiting',
      help: 'Deadlines of the next seconds, in memory',
      registers,
    }),
  };
}
