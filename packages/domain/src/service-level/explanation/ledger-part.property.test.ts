import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluate } from '../clocks/evaluate.ts';
import { historyOf, randomTicket } from '../testing/random-ticket.ts';
import { type Explanation, explain } from './explain.ts';

it('The parts of a ledger, each from where the last one ended, are the ledger', () => {
  let parts = 0;
  fc.assert(
    fc.property(randomTicket, fc.integer({ min: 1, max: 4 }), (ticket, most) => {
      const history = historyOf(ticket);
      for (const { objective, occurrence } of evaluate(history).clocks) {
        const asked = { ...history, objective, occurrence };
        const whole = explain(asked) as Explanation;
        expect(whole.continuesAt).toBeNull();
        const ledger = [];
        for (let from: number | null = Number.NEGATIVE_INFINITY; from !== null; parts += 1) {
          const part = explain({ ...asked, part: { from, most } }) as Explanation;
          expect(part.ledger.length).toBeLessThanOrEqual(most);
          expect({ ...part, ledger: [], continuesAt: null }).toEqual({ ...whole, ledger: [] });
          ledger.push(...part.ledger);
          from = part.continuesAt;
        }
        expect(ledger).toEqual(whole.ledger);
      }
    }),
    { numRuns: 300 },
  );
  expect(parts).toBeGreaterThan(300);
});
