import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from './client.ts';
import { withDeadline } from './deadline.ts';
import { AssignerProtocol, type EachBatchPayload, type PartitionAssigner } from './kafkajs.ts';
import type { ReceivedMessage } from './reader.ts';

/** Messages of one partition, in order. */
export interface TopicPage {
  partition: number;
  messages: ReceivedMessage[];
}

/** A group's first member may find its coordinator still loading, which ends a consumer of this library. */
const attempts = 20;
const attemptMilliseconds = 250;
/** `UNKNOWN_TOPIC_OR_PARTITION` among them: a broker may not have heard of a new topic yet. */
const passingFaults: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/**
 * What a topic's partitions hold, from their beginning to the end that they have when this begins, by pages; a page is
 * fetched while the one before is worked on. Leaves nothing behind in Kafka. Rejects when nothing comes within twice the
 * client's deadline.
 */
export async function* readMessages(
  client: KafkaClient,
  topic: string,
  isWanted: (partition: number) => boolean = () => true,
): AsyncGenerator<TopicPage> {
  const ends = await fetchEnds(client, topic);
  const left = new Map(
    ends
      .filter(({ partition, high, low }) => isWanted(partition) && BigInt(high) > BigInt(low))
      .map(({ partition, high }) => [partition, BigInt(high)]),
  );
  let isBegun = false;
  for (let attempt = 1; left.size > 0; attempt += 1) {
    try {
      for await (const page of readOnce(client, topic, left)) {
        isBegun = true;
        yield page;
      }
    } catch (error) {
      if (isBegun || attempt === attempts) throw error;
      await sleep(attemptMilliseconds);
    }
  }
}

/** A topic that was made a moment ago, or whose leader moves, is led before each broker knows it. */
async function fetchEnds(client: KafkaClient, topic: string) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.administer('the ends of a topic', (admin) => admin.fetchTopicOffsets(topic));
    } catch (error) {
      const isPassing = passingFaults.has((error as { type?: string }).type ?? '');
      if (!isPassing || attempt === attempts) throw error;
      await sleep(attemptMilliseconds);
    }
  }
}

/** One consumer's reading; `left` are the ends that are still to be reached. */
async function* readOnce(
  client: KafkaClient,
  topic: string,
  left: Map<number, bigint>,
): AsyncGenerator<TopicPage> {
  const group = `ringback-read-${randomUUID()}`;
  const consumer = client.kafka.consumer({
    groupId: group,
    maxWaitTimeInMs: 300,
    partitionAssigners: [assignerOf([...left.keys()])],
  });
  const handed = createHandOver<TopicPage>();
  consumer.on(consumer.events.CRASH, ({ payload }) => handed.fail(payload.error));
  const eachBatch = async ({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> => {
    const { partition, messages } = batch;
    const page = handed.give({ partition, messages });
    while (!(await settledWithin(page, 1_000))) await heartbeat();
    resolveOffset(batch.lastOffset());
  };
  try {
    await withDeadline(consumer.connect(), client.deadline, 'a consumer');
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    while (left.size > 0) {
      const page = await withDeadline(handed.take(), client.deadline * 2, `topic ${topic}`);
      const end = left.get(page.value.partition);
      const messages = page.value.messages.filter(({ offset }) => end !== undefined && BigInt(offset) < end);
      if (messages.length > 0) yield { partition: page.value.partition, messages };
      const last = page.value.messages.at(-1)?.offset ?? '-1';
      if (end !== undefined && BigInt(last) + 1n >= end) left.delete(page.value.partition);
      page.done();
    }
  } finally {
    handed.fail(new Error('the topic is not read any further'));
    await withDeadline(consumer.disconnect(), client.deadline, 'a consumer').catch(() => {});
    await client.administer('a group', (admin) => admin.deleteGroups([group])).catch(() => {});
  }
}

/** Gives the only member of a group some partitions of its topic, instead of all. */
const assignerOf =
  (partitions: number[]): PartitionAssigner =>
  () => ({
    name: 'RingbackReader',
    version: 0,
    assign: ({ members, topics }) => {
      const assignment = Object.fromEntries(topics.map((topic) => [topic, partitions]));
      return Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name: 'RingbackReader',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  });

/** Passes one value at a time from who has it to who asks. */
function createHandOver<T>() {
  const offered: { value: T; done(): void }[] = [];
  let awaited: PromiseWithResolvers<{ value: T; done(): void }> | null = null;
  let fault: Error | null = null;
  return {
    give: (value: T): Promise<void> =>
      new Promise((done) => {
        const offer = { value, done };
        if (fault !== null) return done();
        if (awaited === null) return void offered.push(offer);
        awaited.resolve(offer);
        awaited = null;
      }),
    take(): Promise<{ value: T; done(): void }> {
      const next = offered.shift();
      if (next !== undefined) return Promise.resolve(next);
      if (fault !== null) return Promise.reject(fault);
      awaited = Promise.withResolvers();
      return awaited.promise;
    },
    fail(error: Error) {
      fault ??= error;
      awaited?.reject(fault);
      awaited = null;
      for (const { done } of offered.splice(0)) done();
    },
  };
}

async function settledWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const isSettled = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isSettled;
}
