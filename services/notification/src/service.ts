import type { Service, ServiceContext } from '@ringback/service-kit';
import { Counter, Gauge } from 'prom-client';
import { countByState } from './notification-store.ts';
import { createOutboundAgent } from './outbound-guard.ts';
import { createOutbox } from './outbox.ts';
import { notificationRoutes } from './routes.ts';
import { createMailer } from './send-email.ts';
import { createWorker } from './worker.ts';

/** Tells those who asked: signed webhooks, e-mail, on-call. */
export function createNotification(context: ServiceContext): Service {
  const { configuration, log, administration, pool, clock, logger, secrets, metrics } = context;
  const { allowPrivateWebhooks, smtpUrl, mailFrom, publicUrl, host, port } = configuration;
  const agent = createOutboundAgent(allowPrivateWebhooks);
  const mailer = createMailer(smtpUrl, mailFrom, publicUrl ?? `http://${host}:${port}`);
  const attempts = new Counter({
    name: 'ringback_notification_attempts_total',
    help: 'Tries to deliver, by channel and outcome',
    labelNames: ['channel', 'outcome'],
    registers: [metrics],
  });
  new Gauge({
    name: 'ringback_notifications',
    help: 'Notifications by state',
    labelNames: ['state'],
    registers: [metrics],
    async collect() {
      for (const [state, count] of await countByState(pool)) this.set({ state }, count);
    },
  });
  const worker = createWorker({
    pool,
    clock,
    logger,
    secrets,
    agent,
    mailer,
    allowPrivate: allowPrivateWebhooks,
    onAttempt: (channel, outcome) => attempts.inc({ channel, outcome }),
  });
  const outbox = createOutbox({ log, administration, onQueued: worker.wake });
  return {
    name: 'notification',
    routes: (app) => notificationRoutes(app, context, agent, worker.wake),
    async start() {
      await outbox.start();
      worker.start();
    },
    async stop() {
      await outbox.stop();
      await worker.stop();
      mailer.close();
      await agent.close();
    },
    readiness: [
      {
        name: outbox.name,
        check: async () => ({ ok: outbox.healthy(), detail: `at position ${outbox.position()}` }),
      },
    ],
  };
}
