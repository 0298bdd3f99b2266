import { createOutboundAgent, type Service, type ServiceContext } from '@ringback/service-kit';
import { createMailer } from './channels/email/send-email.ts';
import { deliver } from './delivery/deliver.ts';
import { countOpen, countSetAside, oldestPending } from './delivery/notification-store.ts';
import { defaultSettings, type NotificationSettings } from './delivery/settings.ts';
import { createWorker } from './delivery/worker.ts';
import { createNotificationMetrics } from './metrics.ts';
import { createOutbox } from './outbox/outbox.ts';
import { notificationRoutes } from './routes/routes.ts';
import { testSubscription } from './routes/test-subscription.ts';

/** Tells those who asked: signed webhooks, e-mail, on-call. */
export function createNotification(
  context: ServiceContext,
  overrides: Partial<NotificationSettings> = {},
): Service {
  const { configuration, log, directory, pool, clock, logger, secrets } = context;
  const { allowPrivateWebhooks, smtpUrl, mailFrom } = configuration;
  const settings: NotificationSettings = { ...defaultSettings, ...overrides };
  const agent = createOutboundAgent(allowPrivateWebhooks, settings.resolve);
  const mailer = createMailer(smtpUrl, mailFrom, settings.concurrency.host, logger);
  const transport = {
    agent,
    allowPrivate: allowPrivateWebhooks,
    answerTimeout: settings.answerTimeout,
    now: clock.now,
  };
  const metrics = createNotificationMetrics(context.metrics, {
    counts: () => countOpen(pool),
    setAside: () => countSetAside(pool),
    oldestPending: () => oldestPending(pool),
  });
  const options = {
    pool,
    log,
    clock,
    logger,
    secrets,
    directory,
    transport,
    mailer,
    publicUrl: context.address,
    settings,
    metrics,
  };
  const worker = createWorker({
    pool,
    clock,
    logger,
    hasMailServer: mailer !== null,
    settings,
    deliver: (notification, owner) => deliver(notification, owner, options),
  });
  const outbox = createOutbox({ log, directory, onQueued: worker.wake });
  return {
    name: 'notification',
    routes: (app) =>
      notificationRoutes(app, {
        context,
        test: (subscription) => testSubscription(subscription, options),
        onReplayed: worker.wake,
      }),
    async start() {
      await outbox.start();
      worker.start();
    },
    async stop() {
      await outbox.stop();
      await worker.stop();
      mailer?.close();
      await agent.destroy();
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
