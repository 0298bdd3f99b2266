export interface Instruction {
  name: string;
  argument: string;
}

export interface Copy {
  sources: string[];
  destination: string;
  /** The stage it copies from; null: the build's context. */
  from: string | null;
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  return lines.map((line) => {
    const [, name, argument] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || argument === undefined) throw new Error(`no instruction: ${line}`);
    return { name: name.toUpperCase(), argument };
  });
}

export function copies(instructions: Instruction[]): Copy[] {
  return argumentsOf(instructions, 'COPY').map((argument) => {
    const words = argument.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
    const paths = words.filter((word) => !word.startsWith('--'));
    return { sources: paths.slice(0, -1), destination: paths.at(-1) ?? '', from };
  });
}

export function argumentsOf(instructions: Instruction[], name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ argument }) => argument);
}

/** What `ENV` sets. */
export function environmentOf(instructions: Instruction[]): { [name: string]: string } {
  return Object.fromEntries(
    argumentsOf(instructions, 'ENV').flatMap((argument) =>
      argument.split(/\s+/).map((pair) => {
        const [name = '', value = ''] = pair.split('=');
        return [name, value];
      }),
    ),
  );
}

/** The command, in the form of a list, of `HEALTHCHECK`, `CMD` or `ENTRYPOINT`. */
export function commandOf(instructions: Instruction[], name: 'HEALTHCHECK' | 'CMD' | 'ENTRYPOINT'): string[] {
  const [, list] = /(\[.*\])$/.exec(argumentsOf(instructions, name).at(-1) ?? '') ?? [];
  if (list === undefined) throw new Error(`${name} is not given as a list`);
  return JSON.parse(list) as string[];
}
