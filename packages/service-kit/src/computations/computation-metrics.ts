import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ComputationOutcome = 'done' | 'refused' | 'failed' | 'timed-out' | 'out-of-memory';
type Rejection = 'queue-full' | 'caller-full' | 'waited-too-long';

export interface ComputationMetrics {
  /** Durations in seconds. */
  waited(task: string, seconds: number): void;
  ended(task: string, outcome: ComputationOutcome, seconds: number): void;
  rejected(reason: Rejection): void;
}

export function createComputationMetrics(
  registry: Registry,
  present: () => { running: number; queued: number },
): ComputationMetrics {
  const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20];
  new Gauge({
    name: 'ringback_computations',
    help: 'Computations that run in a thread of their own, or wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { running, queued } = present();
      this.set({ state: 'running' }, running);
      this.set({ state: 'queued' }, queued);
    },
  });
  const seconds = new Histogram({
    name: 'ringback_computation_seconds',
    help: 'How long computations ran, by task and outcome',
    labelNames: ['task', 'outcome'],
    buckets,
    registers: [registry],
  });
  const waiting = new Histogram({
    name: 'ringback_computation_wait_seconds',
    help: 'How long computations waited for a thread',
    labelNames: ['task'],
    buckets,
    registers: [registry],
  });
  const rejections = new Counter({
    name: 'ringback_computations_rejected_total',
    help: 'Computations that were not started, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    waited: (task, time) => waiting.observe({ task }, time),
    ended: (task, outcome, time) => seconds.observe({ task, outcome }, time),
    rejected: (reason) => rejections.inc({ reason }),
  };
}
