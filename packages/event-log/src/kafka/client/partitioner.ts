import type { ICustomPartitioner } from './kafkajs.ts';

const multiplier = 0x5bd1e995;
const seed = 0x9747b28c;

/**
 * The partition of a key, as Kafka's own clients choose it (murmur2 of its UTF-8 bytes, without the sign, modulo the
 * partitions): part of the ordering contract. The library's own says the same, and counts with 64 bits for it, which
 * costs as much as all the rest of grouping messages by partition, a quarter of what encoding them does.
 */
function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

export const createPartitioner: ICustomPartitioner =
  () =>
  ({ message, partitionMetadata }) =>
    partitionOf(String(message.key), partitionMetadata.length);

/** 32 bits, little-endian words: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp */
function murmur2(bytes: Buffer): number {
  const whole = bytes.length & ~3;
  let hash = seed ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < bytes.length) {
    for (let at = whole; at < bytes.length; at += 1) hash ^= bytes.readUInt8(at) << (8 * (at - whole));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
