import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

export interface CommandLine {
  /** Shown for `--help`, and below what is wrong. Its first line is the command. */
  usage: string;
  options?: ParseArgsOptionsConfig;
  /** Whether arguments without dashes are taken. Default false. */
  takesNames?: boolean;
}

export interface ReadArguments {
  values: { [option: string]: string | boolean | (string | boolean)[] | undefined };
  names: string[];
}

/**
 * Reads the arguments of a program. Null when there is nothing to run: `--help` was asked for, or an argument is not
 * known; then what is to be said has been written and `process.exitCode` is set (0 or 2).
 */
export function readArguments({
  usage,
  options = {},
  takesNames = false,
}: CommandLine): ReadArguments | null {
  // pnpm hands on the dashes that keep its own options apart.
  const args = process.argv.slice(2).filter((argument) => argument !== '--');
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: takesNames,
    });
    if (values.help !== true) return { values, names: positionals };
    process.stdout.write(`${usage.trim()}\n`);
  } catch (error) {
    const { message } = error as Error;
    // Without its advice on dashes, which no program of ours takes.
    refuseArguments(message.split('. To specify')[0] ?? message, usage);
  }
  return null;
}

/** Says what is wrong with the arguments, and how they go. */
export function refuseArguments(fault: string, usage: string): void {
  process.stderr.write(`${fault}\n\n${usage.trim()}\n`);
  process.exitCode = 2;
}
