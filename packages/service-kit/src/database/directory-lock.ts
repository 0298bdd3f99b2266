import { writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DirectoryInUse } from '../errors.ts';

const busy = 5;
/** A process that was killed holds its files for a moment more. */
const dyingMilliseconds = 1_000;

/**
 * Takes a directory for this process. The operating system holds the lock and frees it when the process ends, however
 * it ends: neither a zombie nor another process with our number holds it, and of two starts one wins. It is SQLite's
 * lock on an empty file, since Node has none of its own. `ringback.pid` names the owner for people.
 *
 * @throws {DirectoryInUse} another process has it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const named = join(directory, 'ringback.pid');
  const lock = new DatabaseSync(join(directory, 'ringback.lock'), { timeout: dyingMilliseconds });
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    const owner = await readFile(named, 'utf8').catch(() => null);
    throw new DirectoryInUse(directory, owner === null ? null : owner.trim());
  }
  // At once, so that a process that is refused finds the whole number.
  writeFileSync(named, `${process.pid}\n`);
  return async () => {
    await rm(named, { force: true });
    lock.close();
  };
}
