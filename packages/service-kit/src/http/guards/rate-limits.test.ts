import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { Problem } from '../problems/problem.ts';
import { createRateLimits } from './rate-limits.ts';

function setUp() {
  let milliseconds = 0;
  const headers: { [name: string]: string } = {};
  const reply = { headers: (more: object) => Object.assign(headers, more) } as unknown as FastifyReply;
  const limits = createRateLimits(() => milliseconds);
  const isAllowed = (caller: string, perMinute: number | null) => {
    try {
      limits.count(caller, perMinute, reply);
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      Object.assign(headers, problem.options.headers);
      return false;
    }
  };
  return { limits, headers, isAllowed, pass: (seconds: number) => (milliseconds += seconds * 1_000) };
}

describe('A rate limit', () => {
  it('lets a minute’s requests through at once, then refuses until the bucket holds another', () => {
    const { isAllowed, headers, pass } = setUp();
    for (let request = 0; request < 60; request += 1) expect(isAllowed('a', 60)).toBe(true);
    expect(headers).toMatchObject({
      'ratelimit-policy': '"minute";q=60;w=60',
      ratelimit: '"minute";r=0;t=60',
    });
    expect(isAllowed('a', 60)).toBe(false);
    expect(headers['retry-after']).toBe('1');
    pass(1);
    expect(isAllowed('a', 60)).toBe(true);
    expect(isAllowed('a', 60)).toBe(false);
    pass(3_600);
    expect(headers.ratelimit).toBe('"minute";r=0;t=60');
    for (let request = 0; request < 60; request += 1) expect(isAllowed('a', 60)).toBe(true);
    expect(isAllowed('a', 60)).toBe(false);
  });

  it('says how long to wait where that is longer than a second', () => {
    const { isAllowed, headers } = setUp();
    expect([isAllowed('a', 2), isAllowed('a', 2), isAllowed('a', 2)]).toEqual([true, true, false]);
    expect(headers['retry-after']).toBe('30');
  });

  it('of one caller is not another’s, and a caller without one is not counted', () => {
    const { isAllowed, headers } = setUp();
    expect([isAllowed('a', 1), isAllowed('a', 1), isAllowed('b', 1)]).toEqual([true, false, true]);
    const before = { ...headers };
    for (let request = 0; request < 1_000; request += 1) expect(isAllowed('c', null)).toBe(true);
    expect(headers).toEqual(before);
  });
});

it('An address whose credentials are refused repeatedly has to wait, and no other', () => {
  const { limits, pass } = setUp();
  const refusal = new Problem('unauthenticated');
  for (let count = 0; count < 600; count += 1) expect(limits.refuse('192.0.2.1', refusal)).toBe(refusal);
  expect(limits.refuse('192.0.2.1', refusal).code).toBe('rate-limited');
  expect(limits.refuse('192.0.2.2', refusal)).toBe(refusal);
  pass(1);
  expect(limits.refuse('192.0.2.1', refusal)).toBe(refusal);
});
