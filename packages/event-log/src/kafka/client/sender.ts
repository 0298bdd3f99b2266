import type { EncodedMessage } from '../message.ts';
import type { KafkaClient } from './client.ts';
import { withDeadline } from './deadline.ts';
import type { Producer } from './kafkajs.ts';
import { createPartitioner } from './partitioner.ts';

export interface TopicMessages {
  topic: string;
  messages: EncodedMessage[];
}

/** Sends in order. Not for two at a time. */
export interface Sender {
  /**
   * Resolves when every replica that must have them has these messages. Rejects after any failure, after the deadline,
   * and with the reason of `signal`: what of the batch arrived is then unknown. The next send is another producer's.
   */
  send(batch: TopicMessages[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** All: part of the ordering contract, so it is not left to the library's default. */
const acknowledgements = -1;
/** Sequence numbers of a partition end at 2³¹, where this client does not wrap them rightly. */
const messagesPerProducer = 1_000_000_000;

/**
 * One `sendBatch` in flight: of two, a retry lets the second overtake the first, also in an idempotent producer. After a
 * failure the producer is thrown away: it would give the same sequence numbers to the next batch, which the broker takes
 * for a repetition, drops, and acknowledges.
 */
export function createSender({ kafka, deadline }: KafkaClient): Sender {
  let producer: Producer | null = null;
  let sent = 0;
  let isSending = false;

  async function connected(): Promise<Producer> {
    if (producer !== null && sent < messagesPerProducer) return producer;
    discard();
    const made = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
    });
    // Known before it is connected: what is lost half-way is thrown away too.
    producer = made;
    sent = 0;
    await made.connect();
    return made;
  }

  function discard(): void {
    void producer?.disconnect().catch(() => {});
    producer = null;
  }

  return {
    async send(batch, signal) {
      if (isSending) throw new Error('a batch is in flight: sending another could change their order');
      isSending = true;
      let isAbandoned = false;
      try {
        const topicMessages = batch.filter(({ messages }) => messages.length > 0);
        if (topicMessages.length === 0) return;
        const work = connected().then((made) => {
          // Connecting may outlast the deadline: what was given up must not be sent after all.
          if (isAbandoned) throw new Error('given up');
          return made.sendBatch({ acks: acknowledgements, topicMessages });
        });
        await withDeadline(work, deadline, 'a send to Kafka', signal);
        for (const { messages } of topicMessages) sent += messages.length;
      } catch (error) {
        isAbandoned = true;
        discard();
        throw error;
      } finally {
        isSending = false;
      }
    },
    async close() {
      const last = producer;
      producer = null;
      if (last !== null) await withDeadline(last.disconnect(), deadline, 'a producer').catch(() => {});
    },
  };
}
