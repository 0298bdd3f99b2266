import type { Logger } from '@ringback/event-log';
import { createLoop } from '@ringback/worker';
import type { Pool } from 'pg';

export interface UnattendedOptions {
  pool: Pool;
  logger: Logger;
  /** Of several instances one speaks. */
  isResponsible(): boolean;
  onCounted(count: number): void;
}

export interface UnattendedWatch {
  start(): void;
  stop(): Promise<void>;
  check(): Promise<void>;
}

const checkMilliseconds = 15_000;
/** A ticket that is about to be assigned is none; with the pause between checks it is reported within a minute. */
const graceSeconds = 30;
const namedAtMost = 20;

/**
 * Watches for tickets that are open with neither a clock nor an owner, which nothing would ever bring up again: they
 * are counted, and told by name when they come up.
 */
export function createUnattendedWatch({
  pool,
  logger,
  isResponsible,
  onCounted,
}: UnattendedOptions): UnattendedWatch {
  let told = new Set<string>();

  async function check(): Promise<void> {
    const { rows } = await pool.query<{ ticket_id: string }>(
      `select ticket_id from sla_timer.tickets
       where unattended_since < clock_timestamp() - $1 * interval '1 second' order by unattended_since`,
      [graceSeconds],
    );
    onCounted(rows.length);
    const fresh = rows.map(({ ticket_id }) => ticket_id).filter((id) => !told.has(id));
    told = new Set(rows.map(({ ticket_id }) => ticket_id));
    if (fresh.length === 0 || !isResponsible()) return;
    logger.warn(
      { tickets: fresh.slice(0, namedAtMost), count: fresh.length },
      'tickets are open with neither a clock nor an owner; assign them',
    );
  }

  const loop = createLoop({
    async turn() {
      await check();
      return checkMilliseconds;
    },
    backOff: { first: checkMilliseconds, longest: checkMilliseconds },
    onError: (error) => logger.warn({ err: error }, 'unattended tickets cannot be counted'),
  });
  return {
    check,
    start: () => void loop.start(checkMilliseconds),
    stop: loop.stop,
  };
}
