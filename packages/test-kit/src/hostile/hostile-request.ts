/** A request that once ended, blocked or filled a server, or that is built to. */
export interface HostileRequest {
  name: string;
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  /** Another one for each `nth` where repetition would be answered from a cache. */
  body?: string | ((nth: number) => string);
  contentType?: string;
  /** How many wait for an answer at a time. */
  concurrent: number;
  /** False: sent without a key, as a stranger does. Default true. */
  isAuthenticated?: boolean;
}
