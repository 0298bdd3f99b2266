import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Partitioners } from './kafkajs.ts';
import { createPartitioner } from './partitioner.ts';

const theirs = Partitioners.DefaultPartitioner();

it('gives every key the partition that other clients give it', () => {
  const ours = createPartitioner();
  const partitionMetadata = Array.from({ length: 97 }, (_, partitionId) => ({
    ...{ partitionId, leader: 1, replicas: [1], isr: [1], partitionErrorCode: 0 },
  }));
  fc.assert(
    fc.property(fc.oneof(fc.uuid(), fc.string({ unit: 'binary' })), (key) => {
      const choice = { topic: 'topic', partitionMetadata, message: { key, value: '' } };
      expect(ours(choice)).toBe(theirs(choice));
    }),
  );
});
