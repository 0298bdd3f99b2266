import { Counter, Gauge, type Registry } from 'prom-client';

/** `log`: the log was restored or failed over. `failure`: a fault of ours, which is logged. */
export type EndReason = 'client' | 'key' | 'slow' | 'log' | 'failure' | 'shutdown';

export interface FeedMetrics {
  countEnd(reason: EndReason): void;
}

export function createFeedMetrics(
  registry: Registry,
  count: () => { live: number; behind: number },
): FeedMetrics {
  const ended = new Counter({
    name: 'ringback_feeds_ended_total',
    help: 'Feeds that ended, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  new Gauge({
    name: 'ringback_feeds',
    help: 'Open feeds: live, or behind and catching up',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { live, behind } = count();
      this.set({ state: 'live' }, live);
      this.set({ state: 'behind' }, behind);
    },
  });
  return { countEnd: (reason) => ended.inc({ reason }) };
}
