/** Epoch milliseconds with fractions: of one clock for all processes of a machine. */
export const now = () => performance.timeOrigin + performance.now();

/** Milliseconds. */
export interface Delays {
  p50: number;
  p99: number;
  /** How many were measured. */
  count: number;
}

/** An event's instants, epoch milliseconds: when it was handed over, and when its effect was there. */
export type Sample = [sentAt: number, effectAt: number];

/** Of what was sent from an instant on. */
export function delaysOf(samples: Sample[], from: number): Delays {
  const delays = samples
    .filter(([sentAt]) => sentAt >= from)
    .map(([sentAt, effectAt]) => effectAt - sentAt)
    .sort((one, other) => one - other);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), count: delays.length };
}
