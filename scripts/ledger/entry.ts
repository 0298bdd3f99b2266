import { type Explanation, instant, milliseconds, type Segment } from './documents.ts';

/** A segment with its bounds as epoch milliseconds, and how a fault names it. */
export interface Entry extends Omit<Segment, 'from' | 'to' | 'counted'> {
  from: number;
  to: number;
  counted: number;
  name: string;
}

/** What all parts of the check look at. */
export interface Ledger {
  entries: readonly Entry[];
  startedAt: number;
  /** The asking instant, or the clock's end. */
  until: number;
  allowed: number;
}

export function readLedger({ clock, asOf, endedAt, allowed, ledger }: Explanation): Ledger {
  return {
    entries: ledger.map((segment) => ({
      ...segment,
      from: instant(segment.from),
      to: instant(segment.to),
      counted: milliseconds(segment.counted),
      name: `The ${segment.kind} stretch from ${segment.from} to ${segment.to}`,
    })),
    startedAt: instant(clock.startedAt),
    until: instant(endedAt ?? asOf),
    allowed: milliseconds(allowed),
  };
}

/** ISO 8601 in UTC with milliseconds. */
export const told = (at: number): string => new Date(at).toISOString();
