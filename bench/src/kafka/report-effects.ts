import type { Answer, Question } from './consuming-process.ts';
import type { Sample } from './instants.ts';

const patienceMilliseconds = 30_000;

/**
 * In the consuming process: notes effects, and tells the measuring process of the first, and of all once there are as
 * many as it asks for. `stop` is called when that one lets go.
 */
export function reportEffects(stop: () => Promise<void>): { note(sentAt: number[], effectAt: number): void } {
  const samples: Sample[] = [];
  const answer = (what: Answer) => process.send?.(what);
  process.on('message', async ({ events }: Question) => {
    const until = performance.now() + patienceMilliseconds;
    while (samples.length < events && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
    answer({ kind: 'samples', samples });
  });
  process.once('disconnect', () => void stop());
  return {
    note(sentAt, effectAt) {
      if (sentAt.length === 0) return;
      if (samples.length === 0) answer({ kind: 'first' });
      for (const each of sentAt) samples.push([each, effectAt]);
    },
  };
}
