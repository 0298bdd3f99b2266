import { breachTypes, ticketEventTypes, typesWhere } from '@ringback/domain/ticket';
import type { JsonSchema } from './json-schema.ts';
import { administrationMessage, type Message, testMessage, ticketMessage } from './messages.ts';
import { administrationEventTypes } from './schemas.ts';
import { feedWire, kafkaWire, type Wire, webhookWire } from './wires.ts';

export interface DescribedChannel {
  address: string | null;
  title: string;
  description: string;
  servers: { $ref: string }[];
  messages: { [type: string]: Message };
  bindings?: object;
}

const betweenStaff = typesWhere(({ visibility }) => visibility === 'staff')
  .map((type) => `\`${type}\``)
  .join(', ');
const notForCustomers =
  'For operations and the provider’s own systems: it carries every customer’s tickets. Do not give customers access to ' +
  'it; give them a key or a subscription with a `customerId`.';
const forCustomers = `without the events between staff (${betweenStaff}), and with null for what staff note with others`;

const ticketKey: JsonSchema = { type: 'string', format: 'uuid', description: 'The ticket’s id.' };
const aggregateKey: JsonSchema = {
  type: 'string',
  description: 'The aggregate’s stream, `<kind>:<id>`.',
  examples: ['customer:corner-bakery'],
};

const ticketMessages = (types: readonly (typeof ticketEventTypes)[number][], wire: Wire) =>
  Object.fromEntries(types.map((type) => [type, ticketMessage(type, wire)]));

/** A topic as `infra/topics.yaml` makes it. `retention`: milliseconds; -1: kept indefinitely. */
function topic(name: string, partitions: number, retention: number, more: object = {}): object {
  const topicConfiguration = { 'cleanup.policy': ['delete'], 'retention.ms': retention, ...more };
  return { kafka: { topic: name, partitions, topicConfiguration, bindingVersion: '0.5.0' } };
}

const kafka = [{ $ref: '#/servers/kafka' }];
const forever = { 'retention.bytes': -1 };
const thirtyDays = 30 * 24 * 60 * 60 * 1_000;

/** Every way that events take out of Ringback. */
export const channels = {
  ticketEvents: {
    address: 'ringback.ticket-events',
    title: 'Every event of every ticket',
    description:
      'Keyed by the ticket, so in the order of each ticket’s versions. Delivered at least once: drop a version of a ' +
      `ticket that was seen. Kept indefinitely.\n\n${notForCustomers} What staff note is in it.`,
    servers: kafka,
    messages: ticketMessages(ticketEventTypes, kafkaWire(ticketKey)),
    bindings: topic('ringback.ticket-events', 12, -1, forever),
  },
  breaches: {
    address: 'ringback.breaches',
    title: 'Warnings, breaches and retractions',
    description:
      'The same messages as in `ringback.ticket-events`, for whoever watches operations. Versions of a ticket rise, ' +
      'with gaps. Delivered at least once: drop an id that was seen. Kept for thirty days.\n\n' +
      `${notForCustomers} None of its messages holds what staff note.`,
    servers: kafka,
    messages: ticketMessages(breachTypes, kafkaWire(ticketKey)),
    bindings: topic('ringback.breaches', 3, thirtyDays),
  },
  administrationEvents: {
    address: 'ringback.administration-events',
    title: 'Customers, contracts, catalogs, calendars, integrations, subscriptions, on-call, keys',
    description:
      'Keyed by the aggregate; one partition, so in the order of recording. Delivered at least once: drop a position ' +
      `that was seen. Kept indefinitely. Secrets are hashed or sealed.\n\n${notForCustomers}`,
    servers: kafka,
    messages: Object.fromEntries(
      administrationEventTypes.map((type) => [type, administrationMessage(type, kafkaWire(aggregateKey))]),
    ),
    bindings: topic('ringback.administration-events', 1, -1, { ...forever, 'max.message.bytes': 8_388_608 }),
  },
  feed: {
    address: '/v1/feed',
    title: 'The live feed',
    description:
      'Server-sent events in the order of recording. Begins at the present, or after `Last-Event-ID`: nothing is ' +
      'missed, nothing comes twice. The header `Ringback-Log` names the log that the ids belong to; a position of ' +
      'another log is refused with 410. An idle feed sends a comment with the present `id` at least every 15 ' +
      `seconds. A customer’s own key gets that customer’s tickets, ${forCustomers}.`,
    servers: [{ $ref: '#/servers/api' }],
    messages: ticketMessages(ticketEventTypes, feedWire),
  },
  webhooks: {
    address: null,
    title: 'Outbound webhooks',
    description:
      'Standard Webhooks to the URL of a subscription or an on-call entry. Any 2xx takes it; 410 ends the ' +
      'subscription; anything else is tried again for about a day, under the same `webhook-id`. A subscription with a ' +
      `\`customerId\` gets that customer’s tickets, ${forCustomers}.`,
    servers: [{ $ref: '#/servers/receiver' }],
    messages: { ...ticketMessages(ticketEventTypes, webhookWire), 'ringback.test': testMessage(webhookWire) },
  },
} satisfies { [id: string]: DescribedChannel };
