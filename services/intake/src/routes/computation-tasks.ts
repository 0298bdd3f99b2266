/** What a computation thread runs for `routes/computations.ts`. */
import type { Catalog } from '@ringback/domain/catalog';
import { type SimulationRequest, type SimulationResponse, simulate } from '@ringback/domain/service-level';

export { calculate } from '@ringback/domain/service-level';

/**
 * The answer of a simulation under the catalog that the request names, as JSON: a megabyte of clocks is a text that is
 * copied at once. Undefined: the catalog is not published. Throws `QuestionInvalid`.
 */
export function simulateTicket(request: SimulationRequest, catalog: Catalog | undefined): string {
  return JSON.stringify(simulate(request, () => catalog ?? null) satisfies SimulationResponse);
}
