import type { Logger } from '@ringback/event-log';
import pg from 'pg';
import type { Due } from '../due.ts';
import { fireInTransaction } from '../firing/fire-in-transaction.ts';
import type { ItemTable, OverdueReason } from '../kind.ts';
import { createSchedule, type Schedule } from '../schedule.ts';
import type { ScheduledKind } from '../scheduled-kind.ts';

/** Kinds whose keys are UUIDs and text, and one whose effect does not claim its items. */
export const alarms: ItemTable = { table: 'toy.alarms', key: { column: 'id', type: 'uuid' } };
export const reminders: ItemTable = { table: 'toy.reminders', key: { column: 'key', type: 'text' } };
export const checks: ItemTable = { table: 'toy.checks', key: { column: 'key', type: 'text' } };

export interface ToyOptions {
  /** Milliseconds. */
  lease?: number;
  /** Names the instance in `toy.fired`. */
  name?: string;
  /** Runs within the effect of an item, before it is recorded in `toy.fired`. */
  onFire?(due: Due): void | Promise<void>;
  onOverdue?(count: number, reason: OverdueReason): void;
  /** Wraps this instance's connections. */
  wrap?(pool: pg.Pool): pg.Pool;
  clock?: { now(): number };
  logger?: Logger;
}

export interface Toy {
  schedule: Schedule;
  alarm: ScheduledKind;
  reminder: ScheduledKind;
  check: ScheduledKind;
  stop(): Promise<void>;
}

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** An instance whose effects record themselves in `toy.fired`, in the transaction that deletes the item. */
export async function startToy(url: string, options: ToyOptions = {}): Promise<Toy> {
  const { lease = 5_000, name = 'toy', onFire, onOverdue, logger = silent } = options;
  const own = new pg.Pool({ connectionString: url, max: 6 });
  own.on('error', () => {});
  own.on('connect', (client) => client.on('error', () => {}));
  const pool = options.wrap?.(own) ?? own;
  const clock = options.clock ?? { now: () => Date.now() };
  const schedule = createSchedule({ pool, schema: 'toy', clock, logger, lease });
  const fire = (kind: string) =>
    fireInTransaction(pool, async (transaction, due) => {
      await onFire?.(due);
      await transaction.query(
        `insert into toy.fired (kind, key, due_at, instance) values ($1, $2, to_timestamp($3 / 1000.0), $4)`,
        [kind, due.key, due.dueAt, name],
      );
    });
  const overdue = onOverdue === undefined ? {} : { onOverdue };
  const alarm = schedule.add({ name: 'alarm', ...alarms, fire: fire('alarm'), ...overdue });
  const reminder = schedule.add({ name: 'reminder', ...reminders, fire: fire('reminder') });
  const check = schedule.add({
    name: 'check',
    ...checks,
    async fire(dues) {
      for (const due of dues) await onFire?.(due);
      await check.remove(pool, dues);
      return {};
    },
  });
  await schedule.start();
  return {
    schedule,
    alarm,
    reminder,
    check,
    async stop() {
      await schedule.stop();
      await own.end();
    },
  };
}
