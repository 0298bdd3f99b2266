import {
  type Category,
  type CategoryDefinition,
  categories,
  type TopicDefinition,
} from '../../categories.ts';

export const defaultTopicPrefix = 'ringback.';

const definitions: CategoryDefinition[] = Object.values(categories);

/** The topics that carry the log. `infra/topics.yaml` holds the same for who makes them otherwise, with the reasons. */
export const topicDefinitions: TopicDefinition[] = definitions.flatMap(({ topic, excerpt }) =>
  excerpt === undefined ? [topic] : [topic, excerpt.topic],
);

/** The topic of a category's events. */
export const topicOfCategory = (prefix: string, category: Category): string =>
  `${prefix}${categories[category].topic.name}`;

const excerpts = new Map(
  Object.entries(categories).map(([category, { excerpt }]) => [category, new Set(excerpt?.types)]),
);

/** Where an event goes: to its category's topic, and to that of the category's excerpt if its type belongs there. */
export function topicsOfEvent({ category, type }: { category: Category; type: string }): string[] {
  const { topic, excerpt } = categories[category];
  return excerpt !== undefined && excerpts.get(category)?.has(type)
    ? [topic.name, excerpt.topic.name]
    : [topic.name];
}
