/** How deliveries are taken; the defaults are for production, tests shorten the waits. Milliseconds. */
export interface InterpreterSettings {
  /** How long a delivery stays with an instance that is not heard of. */
  lease: number;
  /**
   * How long a process has run before it takes a delivery of which an earlier try has not ended. Whatever else may end
   * it at its start then does so without that delivery in hand.
   */
  suspectsAfter: number;
}

export const defaultSettings: InterpreterSettings = { lease: 10_000, suspectsAfter: 3_000 };
