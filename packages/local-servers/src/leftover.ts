import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LocalServerError } from './errors.ts';

const patience = { fast: 10_000, quit: 5_000, kill: 5_000 };
const pollMilliseconds = 25;

/** The processes of PostgreSQL that run on a data folder: the postmaster, if it lives, and its children. */
export async function findServerProcesses(folder: string): Promise<number[]> {
  const data = await realpath(folder).catch(() => folder);
  if (process.platform !== 'linux') return await findPostmaster(data);
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      // PostgreSQL works in its data folder. A zombie has no folder.
      const isOurs =
        (await readText(`/proc/${name}/comm`))?.trim() === 'postgres' &&
        (await readlink(`/proc/${name}/cwd`).catch(() => null)) === data;
      return isOurs ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

/** Where there is no /proc: the process of `postmaster.pid`, if it is a PostgreSQL. */
async function findPostmaster(folder: string): Promise<number[]> {
  const pid = await postmasterOf(folder);
  if (pid === null) return [];
  const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return /(^|\/)postgres/.test(stdout.trim()) ? [pid] : [];
}

/** The process that `postmaster.pid` names, whatever it is by now. */
export async function postmasterOf(folder: string): Promise<number | null> {
  return await postmasterLine(folder, 1);
}

/** The port that `postmaster.pid` names. */
export async function postmasterPort(folder: string): Promise<number | null> {
  return await postmasterLine(folder, 4);
}

async function postmasterLine(folder: string, line: number): Promise<number | null> {
  const value = Number((await readText(join(folder, 'postmaster.pid')))?.split('\n')[line - 1]);
  return Number.isInteger(value) && value > 0 ? value : null;
}

/**
 * Stops what is left of a PostgreSQL on a data folder whose parent, or whose postmaster, was killed, and removes its
 * `postmaster.pid`: PostgreSQL would take any process that has its number by now for itself. The caller must hold the
 * lock of the data. Returns the processes that were there.
 *
 * @throws {LocalServerError} one of them does not end, not even by SIGKILL.
 */
export async function stopLeftover(folder: string): Promise<number[]> {
  const found = await findServerProcesses(folder);
  if (found.length > 0 && !(await endAll(folder))) {
    throw new LocalServerError(
      `PostgreSQL (process ${(await findServerProcesses(folder)).join(', ')}) is left on ${folder} and does not end.`,
    );
  }
  await rm(join(folder, 'postmaster.pid'), { force: true });
  return found;
}

/** The fast shutdown where a postmaster lives, else the immediate one, else SIGKILL. False when some are left. */
async function endAll(folder: string): Promise<boolean> {
  const found = await findServerProcesses(folder);
  const postmaster = await postmasterOf(folder);
  if (postmaster !== null && found.includes(postmaster)) {
    signal([postmaster], 'SIGINT');
    if (await haveEnded(folder, patience.fast)) return true;
  }
  signal(await findServerProcesses(folder), 'SIGQUIT');
  if (await haveEnded(folder, patience.quit)) return true;
  signal(await findServerProcesses(folder), 'SIGKILL');
  return await haveEnded(folder, patience.kill);
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Whether all have ended within so many milliseconds. */
async function haveEnded(folder: string, within: number): Promise<boolean> {
  const until = performance.now() + within;
  while ((await findServerProcesses(folder)).length > 0) {
    if (performance.now() > until) return false;
    await sleep(pollMilliseconds);
  }
  return true;
}

async function readText(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}
