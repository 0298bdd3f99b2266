import type { Directory } from '@ringback/directory';
import { createSchedule, type Due } from '@ringback/schedule';
import { observeSchedule, type Service, type ServiceContext, stuckTimerRoutes } from '@ringback/service-kit';
import { deadlineTable } from './deadlines/deadlines.ts';
import { createDeadlineProjection } from './deadlines/projection.ts';
import { type FireOptions, fire } from './firing/fire.ts';
import { createTimerMetrics } from './metrics.ts';
import { createPlanKnowledge } from './replanning/plan-knowledge.ts';
import { createReplanning } from './replanning/replanning.ts';
import { replanRoutes } from './routes.ts';
import { createUnattendedWatch } from './unattended/unattended.ts';

export interface SlaTimerSettings {
  /** How long another instance waits before it takes over from one that is not heard of, milliseconds. */
  lease?: number;
}

/** Keeps deadlines, fires them, plans again. */
export function createSlaTimer(context: ServiceContext, { lease = 5_000 }: SlaTimerSettings = {}): Service {
  const { log, pool, directory, logger, metrics } = context;
  const schedule = createSchedule({ pool, schema: 'sla_timer', clock: context.clock, logger, lease });
  const { clock, isResponsible } = schedule;
  const measured = createTimerMetrics(metrics, {
    waiting: () => deadlines.waiting,
    shards: () => schedule.shards,
    pending: () => deadlines.count(),
    lag: () => projection.subscription.lag(),
  });
  observeSchedule(metrics, schedule);
  const projection = createDeadlineProjection({
    log,
    directory,
    pool,
    onKept: (dues) => deadlines.kept(dues),
  });
  const options: FireOptions = {
    log,
    plans: directory,
    clock,
    plansAreKnown: createPlanKnowledge(log, directory, (position) =>
      logger.warn({ position }, 'the administration is behind; deadlines are decided by what is known of it'),
    ),
    onFired(events, { recordedAt }, assessment, knownSince) {
      projection.expect(assessment);
      for (const { type, occurredAt } of events) {
        measured.fired.inc({ type });
        if (occurredAt === null) continue;
        // A miss that evidence of the past brought about could not be recorded before that evidence.
        const since = Math.max(Date.parse(occurredAt), knownSince);
        measured.lateness.observe((Date.parse(recordedAt) - since) / 1_000);
      }
    },
    onConflict: () => measured.conflicts.inc(),
  };
  const deadlines = schedule.add({
    name: 'sla-deadline',
    ...deadlineTable,
    fire: fireAndKeep,
    onOverdue: (count, kind) => measured.overdue.inc({ kind }, count),
  });
  const replanning = createReplanning({
    log,
    pool,
    directory,
    tickets: projection.subscription,
    clock,
    isResponsible,
    whenNothingIsDue: deadlines.whenNothingIsDue,
    replan: deadlines.fireNow,
    onError: (error) => logger.warn({ err: error }, 're-planning fails; it tries again'),
  });
  const unattended = createUnattendedWatch({
    pool,
    logger,
    isResponsible,
    onCounted: (count) => measured.unattended.set(count),
  });

  async function fireAndKeep(dues: Due[]) {
    const { silent, again, failed } = await fire(dues, options);
    measured.silent.inc(silent.length);
    measured.failed.inc(failed.length);
    await projection.refresh(silent, dues);
    return { again, failed };
  }

  return {
    name: 'sla-timer',
    routes(app) {
      replanRoutes(app, pool);
      stuckTimerRoutes(app, 'sla-timer', schedule);
    },
    async start() {
      warmUp(directory, clock.now());
      await projection.subscription.start();
      await replanning.subscription.start();
      await schedule.start();
      replanning.start();
      unattended.start();
    },
    async stop() {
      await unattended.stop();
      await replanning.stop();
      await schedule.stop();
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
        check: async () => ({ ok: schedule.healthy(), detail: `${deadlines.waiting} deadlines in memory` }),
      },
    ],
  };
}

/** Compiling the calendars of a zone takes a tenth of a second: better now than when the first deadline is due. */
function warmUp(directory: Directory, now: number): void {
  const openedAt = new Date(now).toISOString();
  for (const { id, version, content } of directory.catalogs()) {
    for (const plan of Object.keys(content.plans)) {
      directory.plansInForce({ catalog: id, catalogVersion: version, plan }, openedAt);
    }
  }
}
