import { createOutboundAgent, type Service, type ServiceContext } from '@ringback/service-kit';
import { deliver } from './deliver.ts';
import { createNotificationMetrics } from './metrics.ts';
import { countOpen, countSetAside, oldestPending } from './notification-store.ts';
import { createOutbox } from './outbox.ts';
import { notificationRoutes } from './routes.ts';
import { createMailer } from './send-email.ts';
import { defaultSettings, type NotificationSettings } from './settings.ts';
import { testSubscription } from './test-subscription.ts';
import { createWorker } from './worker.ts';

/** Tells those who asked: signed webhooks, e-mail, on-call. */
export function createNotification(
  context: ServiceContext,
  overrides: Partial<NotificationSettings> = {},
): Service {
  const { configuration, log, administration, pool, clock, logger, secrets } = context;
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
    administration,
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
  const outbox = createOutbox({ log, administration, onQueued: worker.wake });
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
