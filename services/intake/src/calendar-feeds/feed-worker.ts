/** A thread that reads one feed: what others have written may take for ever to unfold. */
import { parentPort, workerData } from 'node:worker_threads';
import { FeedInvalid, type FeedQuestion, readFeed } from '@ringback/domain/service-level';
import type { FeedAnswer } from './read-in-thread.ts';

function answer(question: FeedQuestion): FeedAnswer {
  try {
    return { exceptions: readFeed(question) };
  } catch (error) {
    if (error instanceof FeedInvalid) return { invalid: error.reason };
    throw error;
  }
}

parentPort?.postMessage(answer(workerData as FeedQuestion));
