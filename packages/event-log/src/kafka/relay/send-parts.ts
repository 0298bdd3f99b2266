import type { CloudEventTicket } from '@ringback/domain/ticket';
import type { RecordedEvent } from '../../port.ts';
import type { TopicMessages } from '../client/sender.ts';
import { type EncodedMessage, encodeMessage } from '../message.ts';
import { topicDefinitions, topicsOfEvent } from '../topics/topics.ts';

/** What is sent at once: consecutive events, encoded. */
export interface SendPart {
  /** The position of its last event. */
  last: number;
  messages: number;
  topics(prefix: string): TopicMessages[];
}

/** In one partition a send is one batch of records, which must not be larger than the topic takes. */
const sendBytes = 1_500_000;
/** What a record's timestamp, offset and lengths may add to its key, value and headers. */
const overhead = 200;

/**
 * A page in parts that a topic takes. An event that none of its topics takes is passed to `onOversized` with its size,
 * and left out; the part's last position covers it.
 */
export function toSendParts(
  page: RecordedEvent[],
  facts: Map<number, CloudEventTicket>,
  onOversized: (event: RecordedEvent, bytes: number) => void,
): SendPart[] {
  const parts: Part[] = [];
  let part: Part | undefined;
  for (const event of page) {
    const message = encodeMessage(event, facts.get(event.position) ?? null);
    const bytes = sizeOf(message);
    const wanted = topicsOfEvent(event);
    const topics = wanted.filter((topic) => bytes <= limitOf(topic));
    if (topics.length < wanted.length) onOversized(event, bytes);
    if (part === undefined || part.bytes + bytes > sendBytes) {
      part = createPart();
      parts.push(part);
    }
    part.add(event.position, message, topics, bytes);
  }
  return parts;
}

type Part = ReturnType<typeof createPart>;

function createPart() {
  const byTopic = new Map<string, EncodedMessage[]>();
  return {
    last: 0,
    bytes: 0,
    messages: 0,
    add(position: number, message: EncodedMessage, topics: string[], bytes: number) {
      for (const topic of topics) {
        const known = byTopic.get(topic);
        if (known === undefined) byTopic.set(topic, [message]);
        else known.push(message);
      }
      this.last = position;
      this.bytes += bytes;
      this.messages += topics.length;
    },
    topics: (prefix: string): TopicMessages[] =>
      [...byTopic].map(([topic, messages]) => ({ topic: `${prefix}${topic}`, messages })),
  };
}

function sizeOf({ key, value, headers }: EncodedMessage): number {
  let bytes = Buffer.byteLength(key) + Buffer.byteLength(value) + overhead;
  for (const name of Object.keys(headers)) bytes += name.length + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}

const limits = new Map(
  topicDefinitions.map(({ name, settings }) => [name, Number(settings['max.message.bytes'])]),
);
const limitOf = (topic: string) => limits.get(topic) ?? 0;
