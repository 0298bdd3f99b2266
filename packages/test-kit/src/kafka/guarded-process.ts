import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that cannot outlive this process, however this process ends. */
export interface GuardedProcess {
  /** Resolves with its exit code when it has ended. */
  readonly ended: Promise<number | null>;
  signal(name: 'TERM' | 'KILL'): void;
}

// Our end of the shell's standard input closes when we end, also by SIGKILL; the guard then kills the program. Signals
// go the same way, so no process id is ever used that might belong to another program by then. The program
// does not inherit the pipe, or it would keep the guard waiting.
const script = `
exec 3<&0
"$@" 3<&- </dev/null 2>&1 &
program=$!
{ while read -r signal <&3; do kill -"$signal" "$program"; done; kill -KILL "$program"; } >/dev/null 2>&1 &
guard=$!
exec 3<&- </dev/null
wait "$program"
code=$?
kill -KILL "$guard"
exit "$code"
`;

/** Starts a program under a guard (a POSIX shell); `onLine` gets each line that it writes. */
export function spawnGuarded(
  command: string[],
  environment: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): GuardedProcess {
  const shell = spawn('sh', ['-c', script, 'sh', ...command], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
    // A session of its own: Ctrl-C in a terminal reaches us alone, and we decide how it ends.
    detached: true,
  });
  // Written to after its end: it has what the signal was to bring about.
  shell.stdin.on('error', () => {});
  createInterface({ input: shell.stdout }).on('line', onLine);
  const ended = new Promise<number | null>((resolve) => {
    shell.on('close', resolve);
    shell.on('error', (error) => {
      onLine(`a POSIX shell (sh) is needed: ${error.message}`);
      resolve(null);
    });
  });
  return { ended, signal: (name) => void shell.stdin.write(`${name}\n`) };
}
