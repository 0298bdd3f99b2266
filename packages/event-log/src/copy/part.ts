/** One of several parts of the log's streams, which together are all of them. A stream is in one of them as a whole. */
export interface Part {
  /** From 0. */
  index: number;
  of: number;
}
