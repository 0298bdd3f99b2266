/**
 * The notification service as a process of its own that ends when it looks up a host of which the name begins with
 * `poison`. Every other name is this machine.
 */
import { runMain, runServices, type ServiceContext } from '@ringback/service-kit';
import { notification } from '../index.ts';
import { createNotification } from '../service.ts';

const definition = {
  ...notification,
  create: (context: ServiceContext) =>
    createNotification(context, {
      lease: 400,
      suspectsAfter: 600,
      resolve: (hostname, callback) => {
        if (hostname.startsWith('poison')) process.kill(process.pid, 'SIGKILL');
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    }),
};
await runMain(
  'For tests.',
  () => runServices([definition], { name: 'notification' }),
  ({ url }) => {
    process.stdout.write(`ready at ${url}\n`);
  },
);
