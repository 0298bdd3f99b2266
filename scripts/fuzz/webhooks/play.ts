import { setTimeout as pause } from 'node:timers/promises';
import type { OwnServer } from '@ringback/test-kit';
import fc from 'fast-check';
import { type Delivery, describeDelivery } from './delivery.ts';
import { honestCalls } from './honest-calls.ts';
import { hostileDelivery } from './hostile-deliveries.ts';
import { honestCustomer, honestNumbers, openTarget, type Target } from './target.ts';

export interface PlayOptions {
  cases: number;
  seed: number;
  adapters: readonly string[];
  /** On data of its own each time. */
  start(): Promise<OwnServer>;
  write(line: string): void;
}

export interface Played {
  cases: number;
  seconds: number;
  /** Status of HTTP → answers. */
  statuses: Map<number, number>;
  /** State → deliveries stored. */
  states: Map<string, number>;
  honestCalls: number;
  /** Resident memory of the server, megabytes, after the first batch and after the last. */
  memory: [first: number, last: number];
  /** Null: the server lives, no answer was a fault, every delivery is done with, every honest call has its ticket. */
  fault: string | null;
}

interface Sent {
  path: string;
  delivery: Delivery;
}

const batchSize = 500;
/** Of hostile ones, one honest call. */
const hostileForHonest = 50;
const atOnce = 16;
const settleMilliseconds = 180_000;
const writeEvery = 10_000;
/** A process that has met an error that no one handled takes as long to end. */
const lastWordsMilliseconds = 20_000;

/** Sends hostile deliveries, and honest ones among them, to a running server, and looks at what becomes of all. */
export async function play(options: PlayOptions): Promise<Played> {
  const { cases, seed, adapters, start, write } = options;
  const server = await start();
  const began = performance.now();
  const played: Played = {
    cases: 0,
    seconds: 0,
    statuses: new Map(),
    states: new Map(),
    honestCalls: 0,
    memory: [0, 0],
    fault: null,
  };
  try {
    const target = await openTarget(server, adapters);
    const honest = new Set<string>();
    let lastId = 0;
    try {
      while (played.cases < cases && played.fault === null) {
        const batch = makeBatch(
          Math.min(batchSize, cases - played.cases),
          seed + played.cases,
          target,
          honest,
        );
        const outcome = await playBatch(batch, target, lastId);
        count(played.statuses, outcome.statuses);
        count(played.states, outcome.states);
        lastId = outcome.lastId;
        played.cases += batch.filter(({ isHonest }) => !isHonest).length;
        if (outcome.fault !== null) played.fault = `${outcome.fault}\n${await findCulprit(batch, options)}`;
        else {
          played.memory[1] = await memoryOf(target);
          played.memory[0] ||= played.memory[1];
        }
        if (played.cases % writeEvery === 0)
          write(`${played.cases} deliveries, ${rate(played.cases, began)}/s`);
      }
      played.honestCalls = honest.size;
      played.fault ??= await findUninterpreted(honest, target);
    } finally {
      target.close();
    }
  } finally {
    await server.stop();
  }
  played.seconds = (performance.now() - began) / 1_000;
  return played;
}

const rate = (done: number, began: number) => Math.round((1_000 * done) / (performance.now() - began));

interface Case extends Sent {
  isHonest: boolean;
}

function makeBatch(size: number, seed: number, { webhooks }: Target, honest: Set<string>): Case[] {
  const paths = [...webhooks];
  const batch: Case[] = [];
  for (const [nth, delivery] of fc.sample(hostileDelivery, { seed, numRuns: size }).entries()) {
    const [adapter, path] = paths[nth % paths.length] as [string, string];
    batch.push({ path, delivery, isHonest: false });
    if (nth % hostileForHonest !== 0) continue;
    const callId = `honest-${honest.size}`;
    const from = honestNumbers[honest.size % honestNumbers.length] as string;
    honest.add(callId);
    for (const each of honestCalls[adapter]?.(callId, from) ?? [])
      batch.push({ path, delivery: each, isHonest: true });
  }
  return batch;
}

interface BatchOutcome {
  statuses: Map<number, number>;
  states: Map<string, number>;
  lastId: number;
  fault: string | null;
}

async function playBatch(batch: Case[], target: Target, lastId: number): Promise<BatchOutcome> {
  const outcome: BatchOutcome = { statuses: new Map(), states: new Map(), lastId, fault: null };
  const waiting = [...batch].reverse();
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const status = await target.send(next.path, next.delivery);
      count(outcome.statuses, new Map([[status, 1]]));
      const isExpected = next.isHonest ? status === 200 : status < 500;
      if (!isExpected) throw new Error(`answered ${status}: ${describeDelivery(next.delivery)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
    await settled(target);
    await readOutcome(target, outcome);
  } catch (error) {
    const until = performance.now() + lastWordsMilliseconds;
    while (target.server.ended() === null && performance.now() < until) await pause(100);
    outcome.fault = target.server.ended() ?? (error as Error).message;
  }
  return outcome;
}

/** Rejects when deliveries stay pending. */
async function settled({ client, server }: Target): Promise<void> {
  const until = performance.now() + settleMilliseconds;
  for (;;) {
    const { body } = await client.get('/v1/deliveries?state=pending&limit=1');
    if (body.items.length === 0) return;
    if (server.ended() !== null) throw new Error('the server has ended');
    if (performance.now() > until)
      throw new Error(`a delivery stays pending: ${JSON.stringify(body.items[0])}`);
    await pause(20);
  }
}

/** Adds the states of what was stored since. Rejects for one that failed for another reason than what it holds. */
async function readOutcome({ client }: Target, outcome: BatchOutcome): Promise<void> {
  let cursor = '';
  let newest = outcome.lastId;
  for (;;) {
    const { body } = await client.get(`/v1/deliveries?limit=200${cursor}`);
    for (const item of body.items) {
      if (item.id <= outcome.lastId) {
        outcome.lastId = newest;
        return;
      }
      newest = Math.max(newest, item.id);
      count(outcome.states, new Map([[item.state, 1]]));
      if (item.attempts > 1) throw new Error(`a delivery was tried again: ${JSON.stringify(item)}`);
    }
    if (body.next === null) {
      outcome.lastId = newest;
      return;
    }
    cursor = `&cursor=${body.next}`;
  }
}

/** Plays a batch again on a server of its own, one after another, until one leads to a fault by itself. */
async function findCulprit(batch: Case[], { start, adapters }: PlayOptions): Promise<string> {
  const server = await start();
  try {
    const target = await openTarget(server, adapters);
    let lastId = 0;
    for (const each of batch) {
      // Its path is another server's.
      const path = target.webhooks.get(adapterOf(each.path)) ?? each.path;
      const { fault, lastId: newest } = await playBatch([{ ...each, path }], target, lastId);
      lastId = newest;
      if (fault !== null) return `By itself: ${describeDelivery(each.delivery)}\n${fault}`;
    }
    target.close();
    return `None of its ${batch.length} deliveries does so by itself: ${batch.map(({ delivery }) => describeDelivery(delivery)).join('\n')}`;
  } finally {
    await server.stop();
  }
}

const adapterOf = (path: string): string => path.split('/').at(-2) ?? '';

/** Null: every honest call is known to have been missed by the ticket that it opened, or was linked to. */
async function findUninterpreted(honest: ReadonlySet<string>, { client }: Target): Promise<string | null> {
  const missing = new Set(honest);
  let cursor = '';
  for (;;) {
    const { body } = await client.get(`/v1/tickets?customerId=${honestCustomer}&limit=200${cursor}`);
    for (const ticket of body.items)
      for (const { callId, outcome } of ticket.calls) if (outcome === 'missed') missing.delete(callId);
    if (body.next === null) break;
    cursor = `&cursor=${body.next}`;
  }
  const [first] = missing;
  return first === undefined
    ? null
    : `${missing.size} honest calls were not interpreted, ${first} among them`;
}

async function memoryOf({ client }: Target): Promise<number> {
  const { body } = await client.get('/metrics');
  const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(String(body))?.[1];
  return Math.round(Number(bytes ?? 0) / 1_048_576);
}

function count<K>(all: Map<K, number>, more: ReadonlyMap<K, number>): void {
  for (const [key, number] of more) all.set(key, (all.get(key) ?? 0) + number);
}
