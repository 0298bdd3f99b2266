import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Problem } from '../http/problems/problem.ts';
import { type ComputationOutcome, createComputationMetrics } from './computation-metrics.ts';
import { createFairQueue, type FairQueueLimits } from './fair-queue.ts';
import type { Task, TaskFunction } from './task.ts';
import { type Shared, startThread, type Thread, ThreadEnded } from './thread.ts';
import { reviveError } from './thrown-error.ts';

export interface RunOptions<S> {
  /** Whose turn it takes, such as a key's id; callers take turns. */
  caller: string;
  /** What it holds in memory while it waits, such as the length of the request's body. Default 1,000. */
  bytes?: number;
  /** Asked when its turn comes; false: no one waits for it any more. */
  isWanted?: () => boolean;
  /** A value that the function is given, and that the thread keeps for the next run with the same key. */
  shared?: Shared & { value: S };
}

/**
 * Computes what others have asked for in threads of its own, so that the event loop is free whatever it costs. A task
 * that takes too long or too much memory is ended with its thread, and the next one finds a new thread.
 */
export interface Computations {
  /**
   * Rejects with an error of the task's `errors`, or with a problem: `computation-too-large`,
   * `too-many-computations` of one caller, `unavailable` when all threads are busy for long or the process stops.
   */
  run<F extends TaskFunction>(
    task: Task<F>,
    input: Parameters<F>[0],
    options: RunOptions<Parameters<F>[1]>,
  ): Promise<Awaited<ReturnType<F>>>;
  /** Has the threads load a task's module before the first request needs it, and so does every thread after them. */
  warm(task: Task<TaskFunction>): Promise<void>;
  /** Ends the threads; what runs or waits is `unavailable`. */
  stop(): Promise<void>;
}

export interface ComputationSettings {
  metrics: Registry;
  logger: Logger;
  /** Default: one less than there are cores, 1 to 4. */
  threads?: number;
  /** Of JavaScript's heap, for each thread. */
  megabytes?: number;
  queue?: FairQueueLimits;
  /** How long a computation may wait for a thread. */
  patienceMilliseconds?: number;
}

interface Job {
  task: Task<TaskFunction>;
  input: unknown;
  options: RunOptions<unknown>;
  askedAt: number;
  patience: NodeJS.Timeout;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

interface Slot {
  thread: Thread;
  job: Job | null;
  isReady: boolean;
}

const defaultMegabytes = 256;
const defaultPatience = 30_000;
const restartMilliseconds = 1_000;
/** More than one key has any use for at a time. */
const defaultQueue: FairQueueLimits = {
  items: 1_024,
  bytes: 64_000_000,
  itemsOfCaller: 256,
  bytesOfCaller: 32_000_000,
};
const retryAfter = { 'retry-after': '2' };

export function createComputations({
  metrics,
  logger,
  threads: threadCount = Math.max(1, Math.min(4, availableParallelism() - 1)),
  megabytes = defaultMegabytes,
  queue: limits = defaultQueue,
  patienceMilliseconds = defaultPatience,
}: ComputationSettings): Computations {
  const slots = new Set<Slot>();
  const queue = createFairQueue<Job>(limits);
  const modules = new Set<string>();
  /** That are about to happen. */
  let restarts = 0;
  let isStopped = false;
  const observe = createComputationMetrics(metrics, () => ({
    running: [...slots].filter(({ job }) => job !== null).length,
    queued: queue.size,
  }));

  function startSlot(): Slot {
    const slot: Slot = {
      job: null,
      isReady: false,
      thread: startThread(megabytes, () => {
        slots.delete(slot);
        restarts += 1;
        // What ends a thread while it starts would end the next one too.
        setTimeout(restart, slot.isReady ? 0 : restartMilliseconds).unref();
      }),
    };
    slots.add(slot);
    return slot;
  }

  /** Has as many threads as there may be, each with the modules loaded that were warmed. */
  async function fillSlots(): Promise<void> {
    const started: Slot[] = [];
    while (slots.size < threadCount) started.push(startSlot());
    await Promise.all(started.map(load));
  }

  function restart(): void {
    restarts -= 1;
    refill();
  }

  function refill(): void {
    if (!isStopped && (modules.size > 0 || queue.size > 0)) void fillSlots();
  }

  async function load(slot: Slot): Promise<void> {
    try {
      for (const module of modules) await slot.thread.ask({ module, name: null, input: null });
    } catch (error) {
      // A thread that cannot load a module fails with each task of it, and says why there.
      if (!isStopped) logger.warn({ err: error }, 'a computation thread ended while it started');
    }
    slot.isReady = slots.has(slot);
    dispatch();
  }

  function dispatch(): void {
    for (const slot of slots) {
      if (!slot.isReady || slot.job !== null) continue;
      const job = takeWanted();
      if (job === undefined) return;
      void runJob(slot, job);
    }
  }

  function takeWanted(): Job | undefined {
    for (let job = queue.take(); job !== undefined; job = queue.take()) {
      clearTimeout(job.patience);
      if (job.options.isWanted?.() !== false) return job;
      job.reject(new Problem('unavailable', { detail: 'No one waits for the answer any more.' }));
    }
    return undefined;
  }

  async function runJob(slot: Slot, job: Job): Promise<void> {
    const { task, input, options } = job;
    const begun = performance.now();
    observe.waited(task.name, (begun - job.askedAt) / 1_000);
    slot.job = job;
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      void slot.thread.terminate();
    }, task.milliseconds);
    let outcome: ComputationOutcome = 'done';
    try {
      const { module, name } = task;
      const reply = await slot.thread.ask({ module, name, input, shared: options.shared });
      if ('output' in reply) job.resolve(reply.output);
      else {
        const { error, isExpected } = reviveError(reply.error, task.errors);
        outcome = isExpected ? 'refused' : 'failed';
        job.reject(error);
      }
    } catch (error) {
      outcome = isTimedOut ? 'timed-out' : outcomeOf(error);
      job.reject(isStopped ? stopping() : failureOf(outcome, task, error as Error));
      if (!isStopped) logger.warn({ task: task.name, outcome, err: error }, 'a computation was ended');
    }
    clearTimeout(timer);
    observe.ended(task.name, outcome, (performance.now() - begun) / 1_000);
    slot.job = null;
    // A thread that has ended is no longer a slot.
    dispatch();
  }

  return {
    run(task, input, options) {
      return new Promise((resolve, reject) => {
        if (isStopped) return reject(stopping());
        const job: Job = {
          task: task as Task<TaskFunction>,
          input,
          options,
          askedAt: performance.now(),
          patience: setTimeout(() => {
            if (!queue.remove(options.caller, job)) return;
            observe.rejected('waited-too-long');
            reject(busy());
          }, patienceMilliseconds),
          resolve: resolve as (output: unknown) => void,
          reject,
        };
        const pushed = queue.push(options.caller, job, options.bytes ?? 1_000);
        if (pushed === 'queued') {
          if (slots.size === 0 && restarts === 0) refill();
          return dispatch();
        }
        clearTimeout(job.patience);
        observe.rejected(pushed);
        reject(
          pushed === 'caller-full' ? new Problem('too-many-computations', { headers: retryAfter }) : busy(),
        );
      });
    },
    async warm({ module }) {
      modules.add(module);
      await fillSlots();
    },
    async stop() {
      isStopped = true;
      for (let job = queue.take(); job !== undefined; job = queue.take()) {
        clearTimeout(job.patience);
        job.reject(stopping());
      }
      await Promise.all([...slots].map(({ thread }) => thread.terminate()));
    },
  };
}

function outcomeOf(error: unknown): ComputationOutcome {
  return error instanceof ThreadEnded && error.end === 'out-of-memory' ? 'out-of-memory' : 'failed';
}

function failureOf(outcome: ComputationOutcome, { milliseconds }: Task<TaskFunction>, error: Error): Error {
  if (outcome === 'timed-out') {
    const detail = `It was ended after ${milliseconds / 1_000} seconds. Ask for less at a time.`;
    return new Problem('computation-too-large', { detail });
  }
  if (outcome !== 'out-of-memory') return error;
  return new Problem('computation-too-large', {
    detail: 'It was ended because it took too much memory. Ask for less at a time.',
  });
}

const busy = () =>
  new Problem('unavailable', { detail: 'All computation threads are busy.', headers: retryAfter });
const stopping = () =>
  new Problem('unavailable', { detail: 'The service is shutting down.', headers: retryAfter });
