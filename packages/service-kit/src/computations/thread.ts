import { Worker } from 'node:worker_threads';
import type { TaskMessage, TaskReply } from './messages.ts';

/** Values that a thread keeps between tasks, at most; the one that was used least recently goes first. */
const mostKept = 8;

/** A value that many runs have in common, such as a published catalog: a thread is sent it once. */
export interface Shared {
  /** Equal keys stand for equal values. */
  key: string;
  value: unknown;
}

/** How a thread came to its end. */
export type ThreadEnd = 'out-of-memory' | 'ended';

/** One worker thread, which is asked one thing at a time. */
export interface Thread {
  /** Rejects with `ThreadEnded` when the thread comes to its end meanwhile, and for input that cannot be cloned. */
  ask(
    question: Omit<TaskMessage, 'keep' | 'drop' | 'shared'> & { shared?: Shared | undefined },
  ): Promise<TaskReply>;
  /** Ends it at once, whatever it does. */
  terminate(): Promise<void>;
}

export class ThreadEnded extends Error {
  readonly end: ThreadEnd;

  constructor(end: ThreadEnd, cause?: unknown) {
    super(`the computation thread ${end === 'ended' ? 'ended' : 'ran out of memory'}`, { cause });
    this.name = 'ThreadEnded';
    this.end = end;
  }
}

/** Starts a thread. `onEnd` is called once, when it can be asked no more. */
export function startThread(megabytes: number, onEnd: () => void): Thread {
  const worker = new Worker(new URL('./run-tasks.ts', import.meta.url), {
    name: 'computations',
    // A task has no business with the configuration, which holds secrets.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: megabytes },
  });
  worker.unref();
  const held = new Set<string>();
  let settle: { resolve(reply: TaskReply): void; reject(error: Error): void } | null = null;
  let failure: unknown;

  worker.on('message', (reply: TaskReply) => settle?.resolve(reply));
  worker.on('messageerror', (error) => settle?.reject(error));
  worker.on('error', (error) => {
    failure = error;
  });
  // Comes after `error`, and always.
  worker.once('exit', () => {
    const isMemory = (failure as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    settle?.reject(new ThreadEnded(isMemory ? 'out-of-memory' : 'ended', failure));
    onEnd();
  });

  return {
    async ask({ shared, ...question }) {
      const message: TaskMessage = { ...question, shared: shared?.key ?? null, ...keepShared(held, shared) };
      try {
        return await new Promise<TaskReply>((resolve, reject) => {
          settle = { resolve, reject };
          worker.postMessage(message);
        });
      } finally {
        settle = null;
      }
    },
    async terminate() {
      await worker.terminate();
    },
  };
}

/** What to send so that the thread holds the value, and no more values than it may. */
function keepShared(held: Set<string>, shared: Shared | undefined): Pick<TaskMessage, 'keep' | 'drop'> {
  if (shared === undefined) return { keep: [], drop: [] };
  const isNew = !held.delete(shared.key);
  held.add(shared.key);
  const drop: string[] = [];
  for (const key of held) {
    if (held.size <= mostKept) break;
    held.delete(key);
    drop.push(key);
  }
  return { keep: isNew ? [shared] : [], drop };
}
