import type { Service, ServiceContext } from '@ringback/service-kit';
import type { Due } from './deadline-store.ts';
import { loadDeadlines } from './deadline-store.ts';
import { fireTickets } from './fire.ts';
import { createTimerMetrics } from './metrics.ts';
import { createDeadlineProjection } from './projection.ts';
import { createReplanning } from './replanning.ts';
import { replanningRoutes } from './routes.ts';
import { createTimer } from './timer.ts';

const sweepMilliseconds = 5_000;
const overdueRetryMilliseconds = 500;

/** Keeps deadlines, fires them, plans anew. */
export function createSlaTimer({
  log,
  pool,
  administration,
  clock,
  logger,
  metrics,
}: ServiceContext): Service {
  const measured = createTimerMetrics(metrics);
  const options = {
    log,
    administration,
    now: clock.now,
    onFired: (
      events: { type: string; occurredAt: string | null }[],
      { recordedAt }: { recordedAt: string },
    ) => {
      for (const { type, occurredAt } of events) {
        measured.fired.inc({ type });
        if (occurredAt !== null)
          measured.lateness.observe((Date.parse(recordedAt) - Date.parse(occurredAt)) / 1_000);
      }
    },
    onConflict: () => measured.conflicts.inc(),
  };
  const timer = createTimer({
    now: clock.now,
    load: (from, to, limit) => loadDeadlines(pool, from, to, limit),
    fire,
    onError: (error) => logger.error({ err: error }, 'the timer fails; it tries again'),
  });
  const projection = createDeadlineProjection({
    log,
    administration,
    pool,
    onKept: (dues) => timer.add(dues),
  });
  const replanning = createReplanning({
    log,
    pool,
    administration,
    logger,
    replan: async (ids) => {
      await fireTickets(ids, options);
      await projection.refresh(ids);
    },
  });
  let sweeper: NodeJS.Timeout | undefined;

  async function fire(dues: Due[]): Promise<void> {
    try {
      const { silent } = await fireTickets(
        dues.map(({ ticketId }) => ticketId),
        options,
      );
      measured.waiting.set(timer.waiting);
      if (silent.length === 0) return;
      measured.silent.inc(silent.length);
      await projection.refresh(silent);
    } catch (error) {
      // They stay in the table; without this they would wait for the sweep.
      setTimeout(() => timer.add(dues), overdueRetryMilliseconds).unref();
      throw error;
    }
  }

  return {
    name: 'sla-timer',
    routes: (app) => replanningRoutes(app, pool),
    async start() {
      await projection.subscription.start();
      await replanning.subscription.start();
      await timer.start();
      replanning.start();
      sweeper = setInterval(() => {
        measured.swept.inc();
        timer.sweep().catch((error) => logger.error({ err: error }, 'the sweep fails; it tries again'));
      }, sweepMilliseconds);
    },
    async stop() {
      clearInterval(sweeper);
      await replanning.stop();
      await timer.stop();
      await replanning.subscription.stop();
      await projection.subscription.stop();
    },
    readiness: [projection.subscription, replanning.subscription].map((subscription) => ({
      name: subscription.name,
      check: async () => ({ ok: subscription.healthy(), detail: `at position ${subscription.position()}` }),
    })),
  };
}
