import { expect, it } from 'vitest';
import type { TopicDefinition } from '../../categories.ts';
import { faultsOf } from './ensure-topics.ts';
import { topicDefinitions } from './topics.ts';

const definitionOf = (name: string) => topicDefinitions.find((each) => each.name === name) as TopicDefinition;
const tickets = definitionOf('ticket-events');
const faults = (settings: { [name: string]: string }, partitions = 12, definition = tickets) =>
  faultsOf('ringback.x', definition, partitions, { ...definition.settings, ...settings }, 'kafka:9092');

it('takes a topic as it is defined, and one that keeps or takes more', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ 'max.message.bytes': '8388608', 'min.insync.replicas': '2' }, 24)).toEqual([]);
  const breaches = definitionOf('breaches');
  expect(faults({ 'retention.ms': '-1' }, 3, breaches)).toEqual([]);
  expect(faults({ 'retention.ms': '9999999999' }, 3, breaches)).toEqual([]);
});

it.each([
  ['retention.ms', '604800000', '-1'],
  ['retention.bytes', '1073741824', '-1'],
  ['cleanup.policy', 'compact', 'delete'],
  ['compression.type', 'zstd', 'producer'],
  ['message.timestamp.type', 'CreateTime', 'LogAppendTime'],
  ['max.message.bytes', '1048588', '2097152 at least'],
])('refuses %s=%s: it says what it must be, and the mend', (setting, value, wanted) => {
  expect(faults({ [setting]: value })).toEqual([
    `ringback.x: ${setting} is ${value} and must be ${wanted}. Mend it with kafka-configs --bootstrap-server ` +
      `kafka:9092 --alter --entity-type topics --entity-name ringback.x --add-config ${setting}=${wanted.split(' ')[0]}`,
  ]);
});

it('refuses fewer partitions, and more than one where order is over all', () => {
  expect(faults({}, 11)[0]).toContain('--alter --topic ringback.x --partitions 12');
  expect(faults({}, 2, definitionOf('administration-events'))[0]).toContain('--delete --topic ringback.x');
});

it('names every fault at once', () => {
  expect(faults({ 'retention.ms': '1', 'cleanup.policy': 'compact' }, 1)).toHaveLength(3);
});
