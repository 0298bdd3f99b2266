import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface ProcessState {
  parent: number;
  /** Tells a process from a later one with the same number. */
  startedAt: string;
  isAlive: boolean;
  command: string[];
}

interface Known {
  pid: number;
  startedAt: string;
}

const pollMilliseconds = 250;
const launchers = /^(.*\/)?(npm|npx|pnpm|pnpx|yarn|corepack)(\.c?js)?$|^(npm|npx|pnpm)\b/;
/** Where an interpreter's script stands: `node pnpm.cjs start`, `sh -c 'pnpm start'`. */
const launcherArguments = 3;

/**
 * Calls back once when a package manager, or a shell between it and this process, is gone. Neither npx, nor a shell, nor
 * pnpm's own command for Node hands signals on, so that this is how a `kill` of the documented command arrives here.
 * Does nothing outside of a package manager's script. Returns what ends the watch.
 */
export async function watchLaunchers(
  onGone: () => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<() => void> {
  if (environment.npm_lifecycle_event === undefined || process.platform === 'win32') return () => {};
  const chain = await launcherChain();
  if (chain.length === 0) return () => {};
  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    const states = await Promise.all(chain.map(({ pid }) => stateOf(pid)));
    isLooking = false;
    const isGone = chain.some(
      ({ startedAt }, index) => states[index]?.isAlive !== true || states[index].startedAt !== startedAt,
    );
    if (!isGone) return;
    clearInterval(timer);
    onGone();
  }, pollMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

/** The ancestors from the parent to the topmost package manager. */
async function launcherChain(): Promise<Known[]> {
  const ancestors: (Known & { isLauncher: boolean })[] = [];
  for (let pid = process.ppid; pid > 1; ) {
    const state = await stateOf(pid);
    if (state === null) break;
    const isLauncher = state.command.slice(0, launcherArguments).some((part) => launchers.test(part));
    ancestors.push({ pid, startedAt: state.startedAt, isLauncher });
    pid = state.parent;
  }
  return ancestors.slice(0, ancestors.findLastIndex(({ isLauncher }) => isLauncher) + 1);
}

/** Null when there is no such process. */
async function stateOf(pid: number): Promise<ProcessState | null> {
  return process.platform === 'linux' ? await stateFromProc(pid) : await stateFromPs(pid);
}

async function stateFromProc(pid: number): Promise<ProcessState | null> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The name, in parentheses, may contain anything. Fields by proc(5): 3 state, 4 parent, 22 start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isAlive = fields[0] !== 'Z' && fields[0] !== 'X';
    return { parent: Number(fields[1]), startedAt: fields[19] ?? '', isAlive, command: command.split('\0') };
  } catch {
    return null;
  }
}

async function stateFromPs(pid: number): Promise<ProcessState | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', [
      '-o',
      'ppid=,stat=,lstart=,command=',
      '-p',
      String(pid),
    ]);
    const [parent, state, ...rest] = stdout.trim().split(/\s+/);
    const startedAt = rest.slice(0, 5).join(' ');
    return { parent: Number(parent), startedAt, isAlive: !state?.startsWith('Z'), command: rest.slice(5) };
  } catch {
    return null;
  }
}
