/** What a computation thread runs for `routes/computations.ts`. */
import type { Catalog } from '@ringback/domain/catalog';
import { type SimulationRequest, type SimulationResponse, simulate } from '@ringback/domain/service-level';

export { calculate } from '@ringback/domain/service-level';

/** Simulates under the catalog that the request names; undefined: it is not published. Throws `QuestionInvalid`. */
export function simulateTicket(request: SimulationRequest, catalog: Catalog | undefined): SimulationResponse {
  return simulate(request, () => catalog ?? null);
}
