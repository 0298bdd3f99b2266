import { Gauge, type Registry } from 'prom-client';

interface Measured {
  labels: { [name: string]: string };
  lag: { events: number; seconds: number };
}

/** How far something is behind: `<name>_lag_events` and `<name>_lag_seconds`. `what` reads as `How far <what>`. */
export function observeLag(
  registry: Registry,
  name: string,
  what: string,
  measure: () => Promise<Measured[]>,
  labelNames: string[] = [],
): void {
  for (const unit of ['events', 'seconds'] as const) {
    new Gauge({
      name: `${name}_lag_${unit}`,
      help: `How far ${what}, in ${unit}`,
      labelNames,
      registers: [registry],
      async collect() {
        for (const { labels, lag } of await measure()) this.set(labels, lag[unit]);
      },
    });
  }
}
