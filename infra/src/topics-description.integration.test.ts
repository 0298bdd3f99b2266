import { createHttpClient } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServices, startServices } from './testing/running-services.ts';
import { topics } from './testing/topics.ts';

interface Described {
  channels: { bindings?: { kafka: { topic: string; partitions: number; topicConfiguration: object } } }[];
  servers: { api: unknown };
}

let running: RunningServices;
let descriptions: Described[];
beforeAll(async () => {
  running = await startServices();
  descriptions = await Promise.all(
    [...running.byName.values()].map(
      async ({ url }) => (await createHttpClient(url, null).get('/asyncapi.json')).body,
    ),
  );
});
afterAll(() => running?.stop());

describe('/asyncapi.json', () => {
  it('is the same on every service', () => {
    expect(descriptions).toHaveLength(running.byName.size);
    for (const description of descriptions) expect(description).toEqual(descriptions[0]);
  });

  it('describes the topics as they are made', () => {
    const bindings = Object.values(descriptions[0]?.channels ?? []).flatMap(
      (channel) => channel.bindings ?? [],
    );
    const described = bindings.map(({ kafka: { topic, partitions, topicConfiguration } }) => ({
      name: topic,
      partitions,
      settings: Object.fromEntries(
        Object.entries(topicConfiguration).map(([name, value]) => [name, String(value)]),
      ),
    }));
    expect(described.map(({ name }) => name)).toEqual(topics.map(({ name }) => name));
    for (const [index, { name, partitions, settings }] of topics.entries()) {
      expect(described[index]).toMatchObject({ name, partitions });
      expect(settings).toMatchObject(described[index]?.settings ?? {});
      expect(described[index]?.settings['retention.ms']).toBe(settings['retention.ms']);
    }
  });
});
