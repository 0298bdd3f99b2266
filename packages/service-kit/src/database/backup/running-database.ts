import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findServerProcesses, postmasterOf, postmasterPort } from '@ringback/local-servers';
import { BackupRefused, DirectoryInUse } from '../../errors.ts';
import { lockDirectory } from '../directory-lock.ts';
import { embeddedUrl, readPassword } from '../embedded-address.ts';
import { keepOwner } from './copy-files.ts';

/**
 * Calls `work` with the address of the PostgreSQL that runs on a data directory; with null when none runs, and then
 * nothing can start on the data until `work` has ended.
 *
 * @throws {BackupRefused} PostgreSQL is between the two, or this user cannot lock the directory.
 */
export async function withRunningDatabase<T>(
  directory: string,
  work: (url: string | null) => Promise<T>,
): Promise<T> {
  const release = await lock(directory);
  try {
    const url = await urlOfRunning(directory);
    if (url === null && release === null) {
      throw new BackupRefused(
        `PostgreSQL is starting on ${directory}, or another backup is copying it. Try again.`,
      );
    }
    return await work(url);
  } finally {
    await release?.();
  }
}

/** Null: another process holds the lock. */
async function lock(directory: string): Promise<(() => Promise<void>) | null> {
  try {
    const release = await lockDirectory(directory);
    await keepOwner(join(directory, 'ringback.lock'), await stat(directory));
    return release;
  } catch (error) {
    if (error instanceof DirectoryInUse) return null;
    const { message } = error as Error;
    throw new BackupRefused(
      `${directory} cannot be locked (${message}). Run this as the user that owns it.`,
      { cause: error },
    );
  }
}

/** From PostgreSQL's own files. A PostgreSQL whose Ringback was killed counts too. */
async function urlOfRunning(directory: string): Promise<string | null> {
  const data = join(directory, 'postgres');
  const processes = await findServerProcesses(data);
  if (processes.length === 0) return null;
  const postmaster = await postmasterOf(data);
  const port = await postmasterPort(data);
  const password = await readPassword(directory);
  if (postmaster === null || !processes.includes(postmaster) || port === null || password === null) {
    throw new BackupRefused(`PostgreSQL is starting or stopping on ${directory}. Try again.`);
  }
  return embeddedUrl(password, port);
}
