/** What a computation thread runs for `computations.ts`. */
import type { Catalog } from '@ringback/domain/catalog';
import {
  CalendarCalculationRequest,
  type CalendarCalculationResponse,
  calculate,
  QuestionInvalid,
  SimulationRequest,
  type SimulationResponse,
  simulate,
} from '@ringback/domain/service-level';
import { fieldProblem, readBody } from '@ringback/service-kit/task';

/** Answers the body of a request. Throws `Problem`. */
export function calculateFromBody(text: string | undefined): CalendarCalculationResponse {
  const request = readBody(text, CalendarCalculationRequest);
  return answer(() => calculate(request));
}

/** `catalog`: the id that the shared catalog has, or that no published one has; null: none was guessed. */
export interface SimulationQuestion {
  text: string | undefined;
  catalog: string | null;
}

/**
 * The answer of a simulation as JSON: a megabyte of clocks is a text that is copied at once. Or the catalog that the
 * body names, where it is not the one that was guessed. Throws `Problem`.
 */
export function simulateFromBody(
  { text, catalog }: SimulationQuestion,
  published: Catalog | undefined,
): { json: string } | { catalog: string } {
  const request = readBody(text, SimulationRequest);
  if (request.catalog !== catalog) return { catalog: request.catalog };
  const response: SimulationResponse = answer(() => simulate(request, () => published ?? null));
  return { json: JSON.stringify(response) };
}

function answer<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof QuestionInvalid)) throw error;
    const pointer = error.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`);
    throw fieldProblem(`/body${pointer.join('')}`, error.message);
  }
}
