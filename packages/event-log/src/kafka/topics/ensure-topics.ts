import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicDefinition } from '../../categories.ts';
import type { KafkaClient } from '../client/client.ts';
import { type Admin, ConfigResourceTypes } from '../client/kafkajs.ts';
import { topicDefinitions } from './topics.ts';

const attemptsToBeLed = 50;
const attemptMilliseconds = 100;

/** Topics whose settings would lose events or their order. The message names each, what it must be, and the mend. */
export class TopicsUnsafe extends Error {
  constructor(faults: string[]) {
    super(`Kafka's topics are not fit to carry the log:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'TopicsUnsafe';
  }
}

/**
 * Makes the topics that are missing (told first to `onMissing`: what was in them, if they were there once, is gone) and
 * checks them all. Answers the cluster's id. Throws `TopicsUnsafe` where one may drop events (retention, compaction),
 * refuse them (size), reorder them (partitions) or make them unreadable (compression); anything else when Kafka cannot
 * be reached.
 */
export function ensureTopics(
  client: KafkaClient,
  prefix: string,
  brokers: string[],
  onMissing: (clusterId: string, topics: string[]) => Promise<void> = async () => {},
): Promise<string> {
  return client.administer('the check of the topics', async (admin) => {
    const { clusterId } = await admin.describeCluster();
    const present = new Set(await admin.listTopics());
    const missing = topicDefinitions.filter(({ name }) => !present.has(`${prefix}${name}`));
    if (missing.length > 0) {
      await onMissing(
        clusterId,
        missing.map(({ name }) => `${prefix}${name}`),
      );
      await make(admin, prefix, missing);
    }
    await whenLed(
      admin,
      topicDefinitions.map(({ name }) => `${prefix}${name}`),
    );
    const faults = await findFaults(admin, prefix, topicDefinitions, brokers);
    if (faults.length > 0) throw new TopicsUnsafe(faults);
    return clusterId;
  });
}

async function make(admin: Admin, prefix: string, definitions: TopicDefinition[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    topics: definitions.map(({ name, partitions, replicationFactor, settings }) => ({
      topic: `${prefix}${name}`,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
    })),
  });
}

/** A topic that was made a moment ago is not known to every broker yet, and may have no leader. */
async function whenLed(admin: Admin, topics: string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { topics: metadata } = await admin.fetchTopicMetadata({ topics });
      if (metadata.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) {
        // Its leader may not have taken it on yet: it answers for its ends when it has.
        for (const topic of topics) await admin.fetchTopicOffsets(topic);
        return;
      }
    } catch (error) {
      if (attempt === attemptsToBeLed) throw error;
    }
    if (attempt === attemptsToBeLed) throw new Error('a topic has no leader');
    await sleep(attemptMilliseconds);
  }
}

async function findFaults(
  admin: Admin,
  prefix: string,
  definitions: TopicDefinition[],
  brokers: string[],
): Promise<string[]> {
  const topics = definitions.map(({ name }) => `${prefix}${name}`);
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return definitions.flatMap((definition) => {
    const topic = `${prefix}${definition.name}`;
    const partitions = metadata.find(({ name }) => name === topic)?.partitions.length ?? 0;
    const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const settings = Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue]));
    return faultsOf(topic, definition, partitions, settings, brokers.join(','));
  });
}

/** What of a topic is not safe, each with its mend. */
export function faultsOf(
  topic: string,
  definition: TopicDefinition,
  partitions: number,
  settings: { [name: string]: string | undefined },
  brokers: string,
): string[] {
  const faults: string[] = [];
  if (definition.partitions === 1 && partitions > 1) {
    faults.push(
      `${topic}: it has ${partitions} partitions and must have 1, or its events lose their order. Delete it with ` +
        `kafka-topics --bootstrap-server ${brokers} --delete --topic ${topic}; it is made and filled again.`,
    );
  } else if (partitions < definition.partitions) {
    faults.push(
      `${topic}: it has ${partitions} partitions and must have ${definition.partitions} at least. Mend it with ` +
        `kafka-topics --bootstrap-server ${brokers} --alter --topic ${topic} --partitions ${definition.partitions}`,
    );
  }
  for (const [setting, wanted] of Object.entries(definition.settings)) {
    const value = settings[setting];
    if (isSafe(setting, wanted, value)) continue;
    faults.push(
      `${topic}: ${setting} is ${value ?? 'not known'} and must be ${wanted}${isAtLeast(setting, wanted) ? ' at least' : ''}. ` +
        `Mend it with kafka-configs --bootstrap-server ${brokers} --alter --entity-type topics ` +
        `--entity-name ${topic} --add-config ${setting}=${wanted}`,
    );
  }
  return faults;
}

/** More does no harm; -1 is not a limit at all. */
function isAtLeast(setting: string, wanted: string): boolean {
  return setting === 'max.message.bytes' || (setting.startsWith('retention.') && wanted !== '-1');
}

function isSafe(setting: string, wanted: string, value: string | undefined): boolean {
  // How many replicas must have a message is for the cluster's operator to say.
  if (setting === 'min.insync.replicas' || value === wanted) return true;
  if (value === undefined || !isAtLeast(setting, wanted)) return false;
  return Number(value) >= Number(wanted) || (value === '-1' && setting !== 'max.message.bytes');
}
