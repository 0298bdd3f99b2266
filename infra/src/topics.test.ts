import { defaultTopicPrefix, topicDefinitions } from '@ringback/event-log';
import { describe, expect, it } from 'vitest';
import { topics } from './testing/topics.ts';

describe('topics.yaml', () => {
  it('is a list of names, partitions, replicas and settings', () => {
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length);
    for (const topic of topics) {
      expect(Object.keys(topic).sort()).toEqual(['name', 'partitions', 'replicationFactor', 'settings']);
      expect(topic.name).toMatch(/^ringback\.[a-z-]+$/);
      expect(Number.isInteger(topic.partitions) && topic.partitions > 0, topic.name).toBe(true);
      for (const [name, value] of Object.entries(topic.settings))
        expect(typeof value, `${topic.name}: ${name}`).toBe('string');
      expect(topic.settings['compression.type']).toBe('producer');
      expect(topic.settings['cleanup.policy']).toBe('delete');
    }
  });

  it('says the same as the code that makes and checks them', () => {
    expect(topics).toEqual(
      topicDefinitions.map(({ name, ...rest }) => ({ name: `${defaultTopicPrefix}${name}`, ...rest })),
    );
  });

  it('keeps the log indefinitely and the breaches for thirty days', () => {
    const retention = topics.map(({ name, settings }) => [name, Number(settings['retention.ms'])]);
    expect(Object.fromEntries(retention)).toEqual({
      'ringback.ticket-events': -1,
      'ringback.breaches': 30 * 24 * 60 * 60 * 1_000,
      'ringback.administration-events': -1,
    });
  });
});
