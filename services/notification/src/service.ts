import { createRetention, type Service, type ServiceContext } from '@ringback/service-kit';
import { createChannels } from './channels/channels.ts';
import { deliver } from './delivery/deliver.ts';
import { countOpen, countSetAside, oldestPending } from './delivery/notification-store.ts';
import { defaultSettings, type NotificationSettings } from './delivery/settings.ts';
import { createWorker } from './delivery/worker.ts';
import { createNotificationMetrics } from './metrics.ts';
import { createOutbox } from './outbox/outbox.ts';
import { retainedByNotification } from './retained.ts';
import { notificationRoutes } from './routes/routes.ts';

/** Tells those who asked: signed webhooks, e-mail, on-call. */
export function createNotification(
  context: ServiceContext,
  overrides: Partial<NotificationSettings> = {},
): Service {
  const { log, directory, pool, clock, logger } = context;
  const settings: NotificationSettings = { ...defaultSettings, ...overrides };
  const channels = createChannels(context, settings);
  const opened = Object.values(channels);
  const metrics = createNotificationMetrics(context.metrics, {
    counts: () => countOpen(pool),
    setAside: () => countSetAside(pool),
    oldestPending: () => oldestPending(pool),
  });
  const options = { pool, log, clock, logger, directory, channels, settings, metrics };
  const worker = createWorker({
    pool,
    clock,
    logger,
    ready: opened.filter(({ notReady }) => notReady === null).map(({ name }) => name),
    settings,
    deliver: (notification, owner) => deliver(notification, owner, options),
  });
  const retention = createRetention({
    ...{ pool, logger, metrics: context.metrics },
    retained: retainedByNotification(context.configuration),
  });
  const outbox = createOutbox({ log, directory, channels, onQueued: worker.wake });
  return {
    name: 'notification',
    routes: (app) =>
      notificationRoutes(app, {
        context,
        test: (subscription) => channels[subscription.channel].test(subscription),
        onReplayed: worker.wake,
      }),
    async start() {
      await outbox.start();
      worker.start();
      retention.start();
    },
    async stop() {
      await retention.stop();
      await outbox.stop();
      await worker.stop();
      await Promise.all(opened.map((channel) => channel.close()));
    },
    readiness: [
      {
        name: outbox.name,
        check: async () => ({ ok: outbox.healthy(), detail: `at position ${outbox.position()}` }),
      },
      {
        name: 'notification.worker',
        check: async () => ({ ok: worker.healthy(), detail: `${worker.inHand()} deliveries under way` }),
      },
    ],
  };
}
