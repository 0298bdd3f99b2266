import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue, type FairQueue } from './fair-queue.ts';

const limits = { items: 10, bytes: 1_000, itemsOfCaller: 5, bytesOfCaller: 400 };
const takeAll = (queue: FairQueue<string>): string[] => {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken;
};

describe('a fair queue', () => {
  it('takes the callers in turn, and the items of each in their order', () => {
    const queue = createFairQueue<string>(limits);
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item, 1);
    for (const item of ['b1', 'c1', 'b2']) queue.push(item.charAt(0), item, 1);
    expect(queue.take()).toBe('a1');
    queue.push('d', 'd1', 1);
    expect(takeAll(queue)).toEqual(['b1', 'c1', 'a2', 'd1', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('refuses what is more than one caller may queue, and lets the others in', () => {
    const queue = createFairQueue<string>(limits);
    for (let index = 0; index < 5; index += 1) expect(queue.push('a', `a${index}`, 1)).toBe('queued');
    expect(queue.push('a', 'a5', 1)).toBe('caller-full');
    expect(queue.push('b', 'b0', 399)).toBe('queued');
    expect(queue.push('b', 'b1', 2)).toBe('caller-full');
    expect(queue.push('c', 'c0', 1)).toBe('queued');
    queue.take();
    expect(queue.push('a', 'a5', 1)).toBe('queued');
  });

  it('refuses what is more than the queue holds, by items and by bytes', () => {
    const queue = createFairQueue<string>(limits);
    for (const caller of ['a', 'b']) expect(queue.push(caller, caller, 400)).toBe('queued');
    expect(queue.push('c', 'c', 201)).toBe('queue-full');
    for (let index = 0; index < 8; index += 1) expect(queue.push(`d${index}`, 'd', 1)).toBe('queued');
    expect(queue.push('e', 'e', 1)).toBe('queue-full');
  });

  it('lets in a single item that is larger than a caller’s limit', () => {
    const queue = createFairQueue<string>(limits);
    expect(queue.push('a', 'large', 5_000)).toBe('queued');
    expect(queue.take()).toBe('large');
  });

  it('removes an item that waits, and none that was taken', () => {
    const queue = createFairQueue<string>(limits);
    queue.push('a', 'a1', 400);
    queue.push('b', 'b1', 1);
    expect(queue.remove('a', 'a1')).toBe(true);
    expect(queue.remove('a', 'a1')).toBe(false);
    expect(queue.push('a', 'a2', 400)).toBe('queued');
    expect(takeAll(queue)).toEqual(['b1', 'a2']);
  });

  it('never has a caller wait for more than one item of each other caller, and loses nothing', () => {
    const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.constant(null)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (drawn) => {
        const queue = createFairQueue<string>({ ...limits, items: 100, itemsOfCaller: 100 });
        const waiting = new Map<string, number>();
        /** For the first item of each caller: how many items of each other caller went before it. */
        const overtaken = new Map<string, Map<string, number>>();
        let count = 0;
        for (const caller of drawn) {
          if (caller !== null) {
            queue.push(caller, caller, 1);
            waiting.set(caller, (waiting.get(caller) ?? 0) + 1);
            if (!overtaken.has(caller)) overtaken.set(caller, new Map());
            count += 1;
            continue;
          }
          const taken = queue.take();
          expect(taken === undefined).toBe(count === 0);
          if (taken === undefined) continue;
          count -= 1;
          const left = (waiting.get(taken) ?? 0) - 1;
          waiting.set(taken, left);
          if (left > 0) overtaken.set(taken, new Map());
          else overtaken.delete(taken);
          for (const [other, by] of overtaken) {
            if (other === taken) continue;
            by.set(taken, (by.get(taken) ?? 0) + 1);
            expect(by.get(taken)).toBeLessThanOrEqual(1);
          }
        }
        expect(queue.size).toBe(count);
        expect(takeAll(queue).length).toBe(count);
      }),
    );
  });
});
