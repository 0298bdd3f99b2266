const first = '0000-01-01T00:00:00.000Z';
const last = '9999-12-31T23:59:59.999Z';

/**
 * Any ISO 8601 instant with an offset → UTC with milliseconds; finer fractions are cut off. Instants written so
 * compare as text, which is why the few whose year needs more than four digits become the first or the last.
 */
export function toUtc(instant: string): string {
  const utc = new Date(instant).toISOString();
  if (utc.startsWith('-')) return first;
  return utc.startsWith('+') ? last : utc;
}

/** The later of two instants, both in UTC with milliseconds. */
export function laterOf(one: string, other: string): string {
  return one < other ? other : one;
}
