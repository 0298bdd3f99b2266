import type { Logger } from '../../port.ts';
import { type LogEntry, logLevel } from './kafkajs.ts';

/** What is part of a healthy life: internal topics that are made at first use, and bounded retries, which we bring. */
const harmless = [
  /coordinator is (?:loading|not available)/i,
  /Limiting retries/,
  /is rebalancing/,
  /aware of this/,
  // Of topics that were made a moment ago.
  /not the leader/,
];
const quietMilliseconds = 60_000;
const told = ['broker', 'groupId', 'topic', 'partition', 'error', 'retryCount'];

/**
 * Passes the client's warnings and errors on as warnings (what becomes of them is for us to judge), the same one once a
 * minute at most, and of its fields only those that hold neither secrets nor stacks.
 */
export function createClientLog(
  logger: Logger,
  now: () => number = () => performance.now(),
): (entry: LogEntry) => void {
  const last = new Map<string, number>();
  return ({ level, namespace, log }) => {
    if (level > logLevel.WARN) return;
    const text = `${log.message} ${log.error ?? ''}`;
    if (harmless.some((pattern) => pattern.test(text))) return;
    const kind = `${namespace}: ${log.message}`;
    const before = last.get(kind);
    if (before !== undefined && now() - before < quietMilliseconds) return;
    if (last.size > 1_000) last.clear();
    last.set(kind, now());
    const fields = Object.fromEntries(
      told.filter((name) => log[name] !== undefined).map((name) => [name, String(log[name])]),
    );
    logger.warn({ ...fields, kafka: namespace }, log.message);
  };
}
