import { createLruCache } from '@ringback/domain/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '../problems/problem.ts';

/** Of one caller: its bucket refills evenly, so that a burst of a whole minute's requests is allowed. */
interface Bucket {
  tokens: number;
  /** By `performance.now()`. */
  filledAt: number;
}

export interface RateLimits {
  /**
   * Counts a request of a caller that may make `perMinute` of them, null for any number, and tells it in the headers
   * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). Throws the problem `rate-limited` when
   * there are no more.
   */
  count(caller: string, perMinute: number | null, reply: FastifyReply): void;
  /**
   * Counts a credential from this address that was refused, and returns what to answer: the refusal itself, or
   * `rate-limited` when there were too many. A credential that is good is admitted whatever its address has sent.
   */
  refuse(address: string, refusal: Problem): Problem;
}

declare module 'fastify' {
  interface FastifyInstance {
    rateLimits: RateLimits;
  }
}

const window = 60;
const callersKept = 20_000;
/** Refused credentials of one address in a minute: a wrong configuration retries, a guess needs far more. */
const refusalsPerMinute = 600;

/**
 * Counts requests per process, in memory. Ours and not a library's: it costs two numbers per caller and no timer, and
 * those at hand send the headers of an earlier draft.
 */
export function createRateLimits(now: () => number = () => performance.now()): RateLimits {
  const callers = createLruCache<Bucket>({ entries: callersKept });
  const addresses = createLruCache<Bucket>({ entries: callersKept });

  function bucketOf(buckets: typeof callers, name: string, size: number): Bucket {
    const at = now();
    const known = buckets.get(name);
    if (known === undefined) {
      const made = { tokens: size, filledAt: at };
      buckets.set(name, made);
      return made;
    }
    known.tokens = Math.min(size, known.tokens + ((at - known.filledAt) / 1_000) * (size / window));
    known.filledAt = at;
    return known;
  }

  /** Seconds until the bucket holds one token. */
  const untilNext = ({ tokens }: Bucket, size: number) =>
    Math.max(1, Math.ceil((1 - tokens) * (window / size)));

  return {
    count(caller, perMinute, reply) {
      if (perMinute === null) return;
      const bucket = bucketOf(callers, caller, perMinute);
      const isAllowed = bucket.tokens >= 1;
      if (isAllowed) bucket.tokens -= 1;
      const remaining = Math.floor(bucket.tokens);
      const full = Math.ceil((perMinute - bucket.tokens) * (window / perMinute));
      const headers = {
        'ratelimit-policy': `"minute";q=${perMinute};w=${window}`,
        ratelimit: `"minute";r=${remaining};t=${full}`,
      };
      if (isAllowed) {
        reply.headers(headers);
        return;
      }
      throw new Problem('rate-limited', {
        detail: `This caller may send ${perMinute} requests a minute.`,
        headers: { ...headers, 'retry-after': String(untilNext(bucket, perMinute)) },
      });
    },
    refuse(address, refusal) {
      const bucket = bucketOf(addresses, address, refusalsPerMinute);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return refusal;
      }
      return new Problem('rate-limited', {
        detail: 'Too many credentials from this address were refused.',
        headers: { 'retry-after': String(untilNext(bucket, refusalsPerMinute)) },
      });
    },
  };
}
