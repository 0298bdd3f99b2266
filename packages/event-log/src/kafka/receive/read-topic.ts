import type { Part } from '../../copy/part.ts';
import type { Category, RecordedEvent } from '../../port.ts';
import { createKafkaClient, type KafkaConnection } from '../client/client.ts';
import { readMessages } from '../client/read-messages.ts';
import { decodeMessage, ForeignMessage } from '../message.ts';
import { defaultTopicPrefix, topicOfCategory } from '../topics/topics.ts';

export interface ReadTopicOptions extends KafkaConnection {
  category: Category;
  /** Default `ringback.` */
  topicPrefix?: string;
  /** Only a part: some of the topic's partitions. */
  part?: Part;
  /** Leave out what the relay has sent again; remembers each stream for it. Default true. */
  once?: boolean;
  /** Told of each message that is not an event of the log; it is left out. */
  onForeign?(reason: string): void;
}

/**
 * The log as Kafka alone has it: a category's events from the beginning of its topic to the end that it has when this
 * begins, by pages, as they are stored (not upcast). Each stream's events come in the order of their versions, each
 * once unless repeats are wanted; streams of different partitions are not ordered among each other, their positions are.
 */
export async function* readTopic(options: ReadTopicOptions): AsyncGenerator<RecordedEvent[]> {
  const { category, topicPrefix = defaultTopicPrefix, part, once = true, onForeign = () => {} } = options;
  const versions = new Map<string, number>();
  const topic = topicOfCategory(topicPrefix, category);
  const isOurs = (partition: number) => part === undefined || partition % part.of === part.index;
  for await (const { messages } of readMessages(createKafkaClient(options), topic, isOurs)) {
    const events: RecordedEvent[] = [];
    for (const message of messages) {
      const event = decode(message, onForeign);
      // The relay repeats what it does not know to have arrived, never out of the order of versions.
      if (event === null) continue;
      if (once && event.version <= (versions.get(event.streamId) ?? 0)) continue;
      if (once) versions.set(event.streamId, event.version);
      events.push(event);
    }
    if (events.length > 0) yield events;
  }
}

function decode(
  message: Parameters<typeof decodeMessage>[0],
  onForeign: (reason: string) => void,
): RecordedEvent | null {
  try {
    return decodeMessage(message);
  } catch (error) {
    if (!(error instanceof ForeignMessage)) throw error;
    onForeign(error.message);
    return null;
  }
}
