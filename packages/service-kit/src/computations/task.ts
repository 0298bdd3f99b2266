/** A function of a task module: pure, of values that can be cloned. `shared`: see `RunOptions`. */
// biome-ignore lint/suspicious/noExplicitAny: the bound of a function type takes any parameters.
export type TaskFunction = (input: any, shared: any) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: an error class may ask for any arguments; it is not called.
export type ErrorClass = abstract new (...given: any[]) => Error;

export interface Task<F extends TaskFunction> {
  /** The exported function; also its name in metrics and logs. */
  readonly name: string;
  /** URL of the module. */
  readonly module: string;
  /** It is ended when it takes longer. */
  readonly milliseconds: number;
  /** What it throws on purpose: an error of one of these classes is thrown again as such to whoever asked. */
  readonly errors: readonly ErrorClass[];
  /** Types only. */
  readonly function?: F;
}

export interface TaskOptions {
  /** Default 5,000. */
  milliseconds?: number;
  errors?: readonly ErrorClass[];
}

/**
 * Names an exported function of a module that runs in a thread: `defineTask<Tasks['add']>(url, 'add')`, where `Tasks`
 * is `typeof import('./tasks.ts')`.
 */
export function defineTask<F extends TaskFunction>(
  module: URL,
  name: string,
  { milliseconds = 5_000, errors = [] }: TaskOptions = {},
): Task<F> {
  return { name, module: module.href, milliseconds, errors };
}
