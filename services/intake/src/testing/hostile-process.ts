/**
 * The intake service as a process of its own, in which the ids of some calls do harm in the middle of their
 * interpretation: `poison…` ends the process, `severed…` ends its database connections (once), `slow…` takes a second.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { administration } from '@ringback/administration';
import { runMain, runServices, type ServiceContext } from '@ringback/service-kit';
import { intake } from '../index.ts';
import { createIntake } from '../service.ts';

const isSevered = new Set<string>();

function withHarm(context: ServiceContext): ServiceContext {
  const { log, pool } = context;
  return {
    ...context,
    log: {
      ...log,
      async findCommand(id) {
        if (id.includes('/poison')) process.kill(process.pid, 'SIGKILL');
        if (id.includes('/slow')) await sleep(1_000);
        if (id.includes('/severed') && !isSevered.has(id)) {
          isSevered.add(id);
          await pool.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
          );
        }
        return await log.findCommand(id);
      },
    },
  };
}

const definition = {
  ...intake,
  create: (context: ServiceContext) => createIntake(withHarm(context), { lease: 500, suspectsAfter: 200 }),
};
await runMain(
  'For tests.',
  () => runServices([administration, definition], { name: 'intake' }),
  ({ url }) => {
    process.stdout.write(`ready at ${url}\n`);
  },
);
