/**
 * An instance as a process of its own. `POISON`: a key (of any kind) whose effect ends the process. `NOW`: keys of
 * the kind `check` that are fired at once. `RELEASE`: an alarm that is released. Ends in good order on SIGTERM.
 */
import { startToy } from './toy-schedule.ts';

const { DATABASE_URL = '', LEASE = '600', NAME = 'process', POISON, NOW, RELEASE } = process.env;
const toy = await startToy(DATABASE_URL, {
  lease: Number(LEASE),
  name: NAME,
  onFire: ({ key }) => {
    if (key === POISON) process.exit(7);
  },
});
process.on('SIGTERM', () => void toy.stop());
if (RELEASE !== undefined) await toy.schedule.release('alarm', RELEASE);
if (NOW !== undefined) await toy.check.fireNow(NOW.split(','));
