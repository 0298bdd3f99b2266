import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, type Metric, Registry } from 'prom-client';
import { withDeadline } from '../process/with-deadline.ts';
import { latencyBuckets } from './latency-buckets.ts';

const collectMilliseconds = 1_000;

/**
 * Metrics of the process: memory, event loop, garbage collection. One whose values cannot be collected within a second,
 * since the database does not answer, is left out of the answer; the others are there in any case.
 */
export function createMetrics(): Registry {
  const registry = new Registry();
  const register = registry.registerMetric.bind(registry);
  registry.registerMetric = <T extends string>(metric: Metric<T>) => {
    leaveOutWhatFails(metric as unknown as Collected);
    register(metric);
  };
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What the types of prom-client do not tell of a metric. */
interface Collected {
  labelNames: string[];
  collect?(): void | Promise<void>;
  reset(): void;
  remove?(): void;
}

function leaveOutWhatFails(metric: Collected): void {
  const collect = metric.collect?.bind(metric);
  if (collect === undefined) return;
  metric.collect = async () => {
    try {
      const collecting = collect();
      if (collecting instanceof Promise) await withDeadline(collecting, collectMilliseconds);
    } catch {
      metric.reset();
      // Without labels there is one value, which a reset makes 0.
      if (metric.labelNames.length === 0) metric.remove?.();
    }
  };
}

/** Requests by route, method and status, with their durations in seconds. */
export function observeHttp(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'ringback_http_request_seconds',
    help: 'Duration of HTTP requests in seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: latencyBuckets,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    durations.observe(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    done();
  });
}
