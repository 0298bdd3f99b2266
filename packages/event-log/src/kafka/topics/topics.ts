import { breachTypes } from '@ringback/domain/ticket';
import type { Category } from '../../port.ts';

/** A topic without the prefix that every topic and group of an installation has. */
export interface TopicDefinition {
  name: 'ticket-events' | 'breaches' | 'administration-events';
  partitions: number;
  /** -1: the cluster's own `default.replication.factor`. */
  replicationFactor: number;
  settings: { [name: string]: string };
}

export const defaultTopicPrefix = 'ringback.';

const forEver = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
const common = {
  'min.insync.replicas': '1',
  // The brokers keep what they are sent: compressed anew, this client might not read it.
  'compression.type': 'producer',
  // By their own clock: they refuse what is stamped an hour ahead of it, for good, and nothing behind it would follow.
  'message.timestamp.type': 'LogAppendTime',
};

/** The topics that carry the log. `infra/topics.yaml` holds the same for who makes them otherwise, with the reasons. */
export const topicDefinitions: TopicDefinition[] = [
  {
    name: 'ticket-events',
    partitions: 12,
    replicationFactor: -1,
    settings: { ...forEver, ...common, 'max.message.bytes': '2097152' },
  },
  {
    name: 'breaches',
    partitions: 3,
    replicationFactor: -1,
    settings: {
      'cleanup.policy': 'delete',
      'retention.ms': '2592000000',
      ...common,
      'max.message.bytes': '2097152',
    },
  },
  {
    name: 'administration-events',
    partitions: 1,
    replicationFactor: -1,
    settings: { ...forEver, ...common, 'max.message.bytes': '8388608' },
  },
];

const topicOf: { [category in Category]: TopicDefinition['name'] } = {
  ticket: 'ticket-events',
  administration: 'administration-events',
};

/** The topic of a category's events. */
export const topicOfCategory = (prefix: string, category: Category): string =>
  `${prefix}${topicOf[category]}`;

const toldAsBreaches: ReadonlySet<string> = new Set(breachTypes);

/** Where an event goes: to its category's topic; a warning, a breach or a retraction to that of breaches too. */
export function topicsOfEvent({
  category,
  type,
}: {
  category: Category;
  type: string;
}): TopicDefinition['name'][] {
  return category === 'ticket' && toldAsBreaches.has(type)
    ? [topicOf.ticket, 'breaches']
    : [topicOf[category]];
}
