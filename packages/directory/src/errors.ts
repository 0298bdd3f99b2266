/** A ticket names a catalog version or a plan that this projection does not hold. */
export class PlanUnknown extends Error {
  constructor(catalog: string, version: number, plan: string) {
    super(
      `The plan ${catalog}/${plan} is not in version ${version} of the catalog as it is known here; ` +
        'wait until the administration is processed up to the ticket’s position',
    );
    this.name = 'PlanUnknown';
  }
}
