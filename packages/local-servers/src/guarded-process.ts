import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Account } from './account.ts';

/** A program that cannot outlive this process, however this process ends. */
export interface GuardedProcess {
  /** Resolves with its exit code when it, or its guard, has ended; 128 + n after signal n. */
  readonly ended: Promise<number | null>;
  signal(name: Signal): void;
}

type Signal = 'TERM' | 'INT' | 'KILL';

export interface GuardOptions {
  environment: NodeJS.ProcessEnv;
  /** Receives each line that the program writes. */
  onLine(line: string): void;
  /** The user it runs as; null or absent: this process's. */
  account?: Account | null;
  /** What it gets when this process is gone. Default KILL. */
  lastSignal?: Signal;
}

// Our end of the shell's standard input closes when we end, even by SIGKILL; the guard then signals the program.
// Signals go the same way, so no process id is ever used that might belong to another program by then. The program
// does not inherit the pipe, or it would keep the guard waiting. The guard ignores the signals of a terminal.
const script = `
last=$1
shift
exec 3<&0
"$@" 3<&- </dev/null 2>&1 &
program=$!
{ trap '' INT TERM HUP
while read -r signal <&3; do kill -"$signal" "$program"; done; kill -"$last" "$program"; } >/dev/null 2>&1 &
guard=$!
exec 3<&- </dev/null
wait "$program"
code=$?
kill -KILL "$guard"
exit "$code"
`;

/** Starts a program under a guard (a POSIX shell). */
export function spawnGuarded(command: string[], options: GuardOptions): GuardedProcess {
  const { environment, onLine, account = null, lastSignal = 'KILL' } = options;
  const shell = spawn('sh', ['-c', script, 'sh', lastSignal, ...command], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
    // A session of its own: Ctrl-C in a terminal reaches us alone, and we decide how it ends.
    detached: true,
    ...(account === null ? {} : { uid: account.uid, gid: account.gid, cwd: '/' }),
  });
  // Written to after its end: it has what the signal was to bring about.
  shell.stdin.on('error', () => {});
  createInterface({ input: shell.stdout }).on('line', onLine);
  const ended = new Promise<number | null>((resolve) => {
    // The output stays open while what the shell started lives, so `close` would miss that the shell was killed.
    shell.on('exit', (code) => {
      shell.stdin.destroy();
      setImmediate(resolve, code);
    });
    shell.on('error', (error) => {
      onLine(`a POSIX shell (sh) is needed: ${error.message}`);
      resolve(null);
    });
  });
  return { ended, signal: (name) => void shell.stdin.write(`${name}\n`) };
}
