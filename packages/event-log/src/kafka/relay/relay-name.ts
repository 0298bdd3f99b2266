/** A relay belongs to a cluster: another one has none of what was sent to this. */
export const relayName = (clusterId: string, topicPrefix: string): string => `${clusterId}/${topicPrefix}`;
