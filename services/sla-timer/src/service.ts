import type { Administration } from '@ringback/administration';
import type { Due } from '@ringback/schedule';
import { createLookAhead, createShardLeases, createTimer, createTimerClock } from '@ringback/schedule';
import type { Service, ServiceContext } from '@ringback/service-kit';
import { estimatePending, loadDeadlines } from './deadline-store.ts';
import { type FireOptions, fire } from './fire.ts';
import { createTimerMetrics } from './metrics.ts';
import { createPlanKnowledge } from './plan-knowledge.ts';
import { createDeadlineProjection } from './projection.ts';
import { createReplanning } from './replanning.ts';
import { replanRoutes } from './routes.ts';
import { createUnattendedWatch } from './unattended.ts';

export interface SlaTimerSettings {
  /** How long another instance waits before it takes over from one that is not heard of, milliseconds. */
  lease?: number;
}

/** The shard whose owner does what one instance is enough for. */
const responsibleShard = 0;

/** Keeps deadlines, fires them, plans anew. */
export function createSlaTimer(context: ServiceContext, { lease = 5_000 }: SlaTimerSettings = {}): Service {
  const { log, pool, administration, logger, metrics } = context;
  const clock = createTimerClock(context.clock, pool);
  const measured = createTimerMetrics(metrics, {
    waiting: () => timer.waiting,
    shards: () => leases.owned.size,
    pending: () => estimatePending(pool),
    lag: () => projection.subscription.lag(),
  });
  const warn = (message: string) => (error: unknown) => logger.warn({ err: error }, message);
  const projection = createDeadlineProjection({
    log,
    administration,
    pool,
    onKept: (dues) => lookAhead.accept(dues),
  });
  const options: FireOptions = {
    log,
    plans: administration,
    clock,
    plansAreKnown: createPlanKnowledge(log, administration, (position) =>
      logger.warn({ position }, 'the administration is behind; deadlines are decided by what is known of it'),
    ),
    onFired(events, { recordedAt }, assessment) {
      projection.expect(assessment);
      for (const { type, occurredAt } of events) {
        measured.fired.inc({ type });
        if (occurredAt === null) continue;
        measured.lateness.observe((Date.parse(recordedAt) - Date.parse(occurredAt)) / 1_000);
      }
    },
    onConflict: () => measured.conflicts.inc(),
    onFailed(ticketId, error) {
      measured.failed.inc();
      logger.error(
        { ticketId, err: error },
        'a ticket cannot be decided; it is tried again at the next sweep',
      );
    },
  };
  const timer = createTimer({
    now: clock.now,
    fire: fireAndKeep,
    onError: warn('deadlines could not be fired; they are tried again'),
  });
  const lookAhead = createLookAhead({
    timer,
    clock,
    load: (from, to, shards, limit) => loadDeadlines(pool, from, to, shards, limit),
    ownShards: () => leases.owned,
    onOverdue(count, kind) {
      measured.overdue.inc({ kind }, count);
      logger.warn({ count, kind }, 'overdue deadlines were found and fired');
    },
    onError: warn('deadlines cannot be read; they are tried again'),
  });
  const leases = createShardLeases({
    pool,
    lease,
    onChanged(gained, lost) {
      logger.info({ gained: gained.length, lost: lost.length }, 'the shards were shared out anew');
      if (gained.length === 0) return;
      lookAhead.look();
      void lookAhead.sweep(gained, 'taken-over');
    },
    onError: warn('the leases of the shards cannot be renewed; they are tried again'),
  });
  const isResponsible = () => leases.owned.has(responsibleShard);
  const replanning = createReplanning({
    log,
    pool,
    administration,
    tickets: projection.subscription,
    clock,
    isResponsible,
    async replan(ids) {
      // What is due goes first.
      await timer.whenNothingIsDue();
      const due = ids.map((ticketId) => ({ ticketId, dueAt: Number.NEGATIVE_INFINITY }));
      timer.insist(await fireAndKeep(due));
    },
    onError: warn('re-planning fails; it tries again'),
  });
  const unattended = createUnattendedWatch({
    pool,
    logger,
    isResponsible,
    onCounted: (count) => measured.unattended.set(count),
  });

  async function fireAndKeep(dues: Due[]): Promise<Due[]> {
    const { silent, again } = await fire(dues, options);
    measured.silent.inc(silent.length);
    await projection.refresh(silent, dues);
    return again;
  }

  return {
    name: 'sla-timer',
    routes: (app) => replanRoutes(app, pool),
    async start() {
      warmUp(administration, clock.now());
      await projection.subscription.start();
      await replanning.subscription.start();
      await leases.start();
      lookAhead.start();
      replanning.start();
      unattended.start();
    },
    async stop() {
      unattended.stop();
      await replanning.stop();
      await lookAhead.stop();
      await timer.stop();
      await leases.stop();
      await replanning.subscription.stop();
      await projection.subscription.stop();
    },
    readiness: [
      ...[projection.subscription, replanning.subscription].map((subscription) => ({
        name: subscription.name,
        check: async () => ({ ok: subscription.healthy(), detail: `at position ${subscription.position()}` }),
      })),
      {
        name: 'sla_timer.timer',
        check: async () => ({ ok: lookAhead.healthy(), detail: `${timer.waiting} deadlines in memory` }),
      },
    ],
  };
}

/** Compiling the calendars of a zone takes a tenth of a second: better now than when the first deadline is due. */
function warmUp(administration: Administration, now: number): void {
  const openedAt = new Date(now).toISOString();
  for (const { id, version, content } of administration.catalogs()) {
    for (const plan of Object.keys(content.plans)) {
      administration.plansInForce({ catalog: id, catalogVersion: version, plan }, openedAt);
    }
  }
}
