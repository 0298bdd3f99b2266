const name = 'ringback_event_loop_delay_seconds';
const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm');

/** How many delays of the event loop were at most so long: seconds → count, cumulative, as the server's metrics say. */
export type LoopDelays = Map<number, number>;

export async function readLoopDelays(url: string): Promise<LoopDelays> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const buckets = [...text.matchAll(line)].map(([, le, count]): [number, number] => [
    le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    Number(count),
  ]);
  if (buckets.length === 0) throw new Error(`the server does not report ${name}`);
  return new Map(buckets);
}

/**
 * The 99th percentile of the delays between two readings, in milliseconds, interpolated within its bucket as Prometheus
 * does it. Infinite where it lies beyond the last bucket.
 */
export function delayBetween(before: LoopDelays, after: LoopDelays): number {
  const counts = [...after].map(([limit, count]): [number, number] => [
    limit,
    count - (before.get(limit) ?? 0),
  ]);
  const total = counts.at(-1)?.[1] ?? 0;
  const wanted = 0.99 * total;
  let [lower, below] = [0, 0];
  for (const [limit, count] of counts) {
    if (count >= wanted) {
      const share = count === below ? 0 : (wanted - below) / (count - below);
      return limit === Number.POSITIVE_INFINITY ? limit : 1_000 * (lower + share * (limit - lower));
    }
    [lower, below] = [limit, count];
  }
  return Number.NaN;
}
