import { type FeedException, FeedInvalid, type FeedQuestion } from '@ringback/domain/service-level';
import { type Computations, defineTask, Problem } from '@ringback/service-kit';

const reading = defineTask<typeof import('./feed-tasks.ts')['readFeed']>(
  new URL('./feed-tasks.ts', import.meta.url),
  'readFeed',
  { errors: [FeedInvalid] },
);

/**
 * Reads a calendar's feed in a thread: a rule that never comes to a date must not stop the clocks. Rejects with
 * `FeedInvalid`, also where it takes too much time or memory.
 */
export async function readFeedInThread(
  calendar: string,
  question: FeedQuestion,
  computations: Computations,
): Promise<FeedException[]> {
  try {
    const asked = { caller: `feed of ${calendar}`, bytes: question.text.length };
    return await computations.run(reading, question, asked);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'computation-too-large')) throw error;
    throw new FeedInvalid('it takes too much time or memory to unfold');
  }
}
