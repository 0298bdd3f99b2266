interface FuzzArguments {
  /** Null: the fuzz's own number. */
  cases: number | null;
  seed: number;
  write(line: string): void;
}

/** Resolves with false when it has found a fault, which it has written with how to play it again. */
export type Fuzz = (given: FuzzArguments) => Promise<boolean>;
