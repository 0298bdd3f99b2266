/** The timer as a process of its own that ends in the middle of appending to the ticket `POISON`. */
import { startInstance } from './timer-database.ts';

const { DATABASE_URL = '', POISON } = process.env;
await startInstance(DATABASE_URL, {
  lease: 600,
  log: (log) => ({
    ...log,
    append(request) {
      if (request.appends.some(({ stream }) => stream.id === POISON)) process.exit(7);
      return log.append(request);
    },
  }),
});
