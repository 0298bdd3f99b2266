import { expect, it } from 'vitest';
import { parseElapsed } from './durations.ts';
import { DurationInvalid } from './errors.ts';

const hour = 3_600_000;

it.each([
  ['PT1H', hour],
  ['PT0.25S', 250],
  ['P1D', 24 * hour],
  ['P30DT12H', (30 * 24 + 12) * hour],
])('%s of elapsed time is %i ms', (text, milliseconds) => {
  expect(parseElapsed(text)).toBe(milliseconds);
});

it.each(['', 'P', 'PT', 'P1DT', 'P1W', 'P1BD', '1D', 'soon'])('"%s" is not an elapsed time', (text) => {
  expect(() => parseElapsed(text)).toThrow(DurationInvalid);
});
