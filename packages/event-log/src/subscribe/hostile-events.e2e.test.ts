import { describeHostileEvents } from '../testing/hostile-contract.ts';
import { createLogDatabase } from '../testing/log-database.ts';

describeHostileEvents(createLogDatabase, () => ({}));
