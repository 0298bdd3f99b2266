/** Of one thread at most: a reader, one for each table, two of the administration, and the switch's own. */
export const connections = 10;
