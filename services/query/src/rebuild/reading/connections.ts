import { readModels } from '../writing/read-models.ts';

/** Of one thread at most: two readers, one for each table, two of the administration, and the switch's own. */
export const connections = readModels.length + 5;
