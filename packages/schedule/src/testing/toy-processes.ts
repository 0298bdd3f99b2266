import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ToyProcess {
  child: ChildProcess;
  /** Resolves with the exit code, or the signal, once it has ended. */
  ended: Promise<number | NodeJS.Signals>;
}

const main = fileURLToPath(new URL('./toy-process.ts', import.meta.url));

/** Starts `toy-process.ts` with these variables of its environment. */
export function startToyProcess(url: string, variables: { [name: string]: string } = {}): ToyProcess {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, DATABASE_URL: url, ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  return { child, ended };
}

export async function endToyProcess({ child, ended }: ToyProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended;
}
