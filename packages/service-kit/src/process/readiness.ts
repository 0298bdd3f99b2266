import type { ReadinessCheck } from '../service.ts';
import { withDeadline } from './with-deadline.ts';

export interface CheckResult {
  name: string;
  ok: boolean;
  detail?: string;
}

const answerMilliseconds = 1_500;

/** All checks at once, none waited for longer than a moment: what does not answer is not ready. */
export async function runChecks(checks: ReadinessCheck[]): Promise<CheckResult[]> {
  return await Promise.all(
    checks.map(async ({ name, check }) => {
      const result = await withDeadline(check(), answerMilliseconds).catch((error: Error) => ({
        ok: false,
        detail: error.message,
      }));
      return { name, ...result };
    }),
  );
}
