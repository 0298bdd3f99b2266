/** An item of a kind: what is due, and when. Several items may have one key, each with another instant. */
export interface Due {
  /** What the service calls it: a UUID or, for kinds whose keys are text, any text. */
  key: string;
  /** Epoch milliseconds. Fires when this millisecond is over. */
  dueAt: number;
}

/** To be fired again at another instant, epoch milliseconds, while its row stays as it is. */
export interface Again {
  due: Due;
  at: number;
}
