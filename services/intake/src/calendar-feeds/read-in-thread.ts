import { Worker } from 'node:worker_threads';
import { type FeedException, FeedInvalid, type FeedQuestion } from '@ringback/domain/service-level';

export type FeedAnswer = { exceptions: FeedException[] } | { invalid: string };

const patienceMilliseconds = 20_000;
const memoryMegabytes = 128;

/**
 * Reads a feed in a thread of its own, which is ended when it takes too long or too much memory: a rule that never
 * comes to a date must not stop the clocks. Throws `FeedInvalid`.
 */
export async function readFeedInThread(
  question: FeedQuestion,
  patience = patienceMilliseconds,
): Promise<FeedException[]> {
  const worker = new Worker(new URL('./feed-worker.ts', import.meta.url), {
    workerData: question,
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<FeedAnswer>((resolve, reject) => {
      timer = setTimeout(() => resolve({ invalid: 'it takes too long to unfold' }), patience);
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? resolve({ invalid: 'it takes too much memory to unfold' })
          : reject(error),
      );
    });
    if ('invalid' in answer) throw new FeedInvalid(answer.invalid);
    return answer.exceptions;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
