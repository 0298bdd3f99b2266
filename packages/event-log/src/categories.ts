import { administrationEventSchemas } from '@ringback/domain/administration';
import { breachTypes, ticketEventSchemas } from '@ringback/domain/ticket';

/** From one schema version of an event's data to the next; pure. */
type Upcaster = (data: { [field: string]: unknown }) => { [field: string]: unknown };

/** Type → the version it starts from → the step to the next version. */
export type UpcasterRegistry = { [type: string]: { [fromVersion: number]: Upcaster } };

/** A topic, without the prefix that every topic and consumer group of an installation has. */
export interface TopicDefinition {
  name: string;
  partitions: number;
  /** -1: the cluster's own `default.replication.factor`. */
  replicationFactor: number;
  settings: { [name: string]: string };
}

/**
 * A kind of stream. A further one is an entry in `categories` and nothing else in this package; `infra/topics.yaml` and
 * the AsyncAPI description name its topic too, which tests compare. Stream ids are unique over all categories.
 */
export interface CategoryDefinition {
  /** Carries every event of the category. */
  topic: TopicDefinition;
  /** Carries the events of these types as well, for consumers that need no others. */
  excerpt?: { topic: TopicDefinition; types: readonly string[] };
  /** The `source` of its CloudEvents. */
  source: string;
  /** Event type → its present schema version. No two categories have a type in common. */
  versions: { readonly [type: string]: number };
  /** Steps from every stored version to the present one. Each has a stored example in the tests. */
  upcasters: UpcasterRegistry;
  /** Whether its CloudEvents carry the ticket's facts and the instant of recording in `data`. */
  carriesTicketFacts: boolean;
}

const keptIndefinitely = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
const common = {
  'min.insync.replicas': '1',
  // The brokers keep what they are sent: recompressed, this client might not read it.
  'compression.type': 'producer',
  // By their own clock: they refuse what is stamped an hour ahead of it, for good, and nothing behind it would follow.
  'message.timestamp.type': 'LogAppendTime',
};

function versionsOf(schemas: { [type: string]: { v: number } }): { [type: string]: number } {
  return Object.fromEntries(Object.entries(schemas).map(([type, { v }]) => [type, v]));
}

const registry = {
  ticket: {
    topic: {
      name: 'ticket-events',
      partitions: 12,
      replicationFactor: -1,
      settings: { ...keptIndefinitely, ...common, 'max.message.bytes': '2097152' },
    },
    excerpt: {
      topic: {
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
      types: breachTypes,
    },
    source: '/ringback/tickets',
    versions: versionsOf(ticketEventSchemas),
    upcasters: {},
    carriesTicketFacts: true,
  },
  // One partition: its aggregates refer to each other.
  administration: {
    topic: {
      name: 'administration-events',
      partitions: 1,
      replicationFactor: -1,
      settings: { ...keptIndefinitely, ...common, 'max.message.bytes': '8388608' },
    },
    source: '/ringback/administration',
    versions: versionsOf(administrationEventSchemas),
    upcasters: {},
    carriesTicketFacts: false,
  },
} satisfies { [name: string]: CategoryDefinition };

export type Category = keyof typeof registry;

/** Every kind of stream in the log. */
export const categories: { readonly [C in Category]: CategoryDefinition } = registry;

export const categoryNames = Object.keys(categories) as Category[];
