/** What a thread is asked. It answers each message with one reply, before it is asked the next. */
export interface TaskMessage {
  module: string;
  /** Null: only load the module. */
  name: string | null;
  input: unknown;
  /** Values that the thread keeps from now on, and no longer, by key. */
  keep: readonly { key: string; value: unknown }[];
  drop: readonly string[];
  /** The key of the value that the function is given; null: none. */
  shared: string | null;
}

export type TaskReply = { output: unknown } | { error: ThrownError };

/** An error as data. */
export interface ThrownError {
  name: string;
  message: string;
  stack: string | undefined;
  /** Its own fields. */
  fields: { [name: string]: unknown };
}
