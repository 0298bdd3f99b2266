import { isTransientFault } from '@ringback/event-log';
import type { Again, Due } from '../due.ts';
import type { Items } from '../items.ts';
import type { Fired, Firing, Kind } from '../kind.ts';
import type { OwnedEntry } from '../shards/ownership.ts';

export interface FiringResult {
  again: Again[];
  failed: { due: Due; error: unknown }[];
}

/**
 * One call of a kind's effect, with claims that are fenced by the epochs in which it was started. When it rejects, its
 * items are fired one by one, so that one that fails does not hold up the others. Rejects with faults of the connection
 * only.
 */
export async function fireTogether(
  entries: OwnedEntry[],
  { fire, items, instance, lease }: { fire: Kind['fire']; items: Items; instance: string; lease: number },
): Promise<FiringResult> {
  const epochs = new Map(entries.map(({ due, epoch }) => [due, epoch]));
  const firing: Firing = {
    claim(transaction, due) {
      const epoch = epochs.get(due) ?? null;
      return items.claim(transaction, due, epoch === null ? null : { instance, epoch }, lease);
    },
  };
  const attempt = async (dues: Due[]): Promise<FiringResult> => {
    const { again = [], failed = [] }: Fired = await fire(dues, firing);
    return { again, failed };
  };
  const dues = entries.map(({ due }) => due);
  if (dues.length === 0) return { again: [], failed: [] };
  try {
    return await attempt(dues);
  } catch (error) {
    if (isTransientFault(error)) throw error;
    if (dues.length === 1) return { again: [], failed: dues.map((due) => ({ due, error })) };
  }
  const outcome: FiringResult = { again: [], failed: [] };
  for (const due of dues) {
    try {
      const { again, failed } = await attempt([due]);
      outcome.again.push(...again);
      outcome.failed.push(...failed);
    } catch (error) {
      if (isTransientFault(error)) throw error;
      outcome.failed.push({ due, error });
    }
  }
  return outcome;
}
