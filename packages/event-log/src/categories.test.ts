import { expect, it } from 'vitest';
import { categories, categoryNames } from './categories.ts';
import { topicDefinitions, topicsOfEvent } from './kafka/topics/topics.ts';

const all = Object.values(categories);

it('A type of event belongs to one category only, as it is upcast by its type alone.', () => {
  const types = all.flatMap(({ versions }) => Object.keys(versions));
  expect(types).toHaveLength(new Set(types).size);
  expect(types).toContain('TicketOpened');
});

it('Categories share neither a topic nor a source, so that a message says which one it belongs to.', () => {
  const topics = topicDefinitions.map(({ name }) => name);
  expect(topics).toHaveLength(new Set(topics).size);
  expect(new Set(all.map(({ source }) => source)).size).toBe(categoryNames.length);
});

it('An excerpt carries types of its own category, and each event goes to the topic of its category too.', () => {
  for (const name of categoryNames) {
    const { topic, excerpt, versions } = categories[name];
    for (const type of excerpt?.types ?? []) expect(Object.keys(versions)).toContain(type);
    for (const type of Object.keys(versions)) {
      const isInExcerpt = excerpt?.types.includes(type) === true;
      expect(topicsOfEvent({ category: name, type })).toEqual(
        isInExcerpt ? [topic.name, excerpt?.topic.name] : [topic.name],
      );
    }
  }
});
