import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BackupRefused } from '../../errors.ts';
import { copyFiles } from './copy-files.ts';
import { copyOnline } from './online-copy.ts';
import { withRunningDatabase } from './running-database.ts';

/** Files of a data directory that belong to a running process. */
const ofTheProcess = new Set(['ringback.pid', 'ringback.lock', 'postgres']);

export interface Backup {
  folder: string;
  bytes: number;
  /** Whether the server ran on while its data was copied. */
  online: boolean;
}

/**
 * Copies a data directory of the embedded mode into a new folder, while the server runs or while it is stopped. The copy
 * is a data directory itself. It appears under its name once it is complete. A server cannot start while the data of a
 * stopped one are copied.
 *
 * @throws {BackupRefused} with what to do.
 */
export async function backUp(dataDirectory: string, target: string): Promise<Backup> {
  const source = resolve(dataDirectory);
  const folder = resolve(target);
  const data = join(source, 'postgres');
  if (!(await exists(join(data, 'PG_VERSION')))) {
    throw new BackupRefused(
      `${source} does not contain a Ringback database; set DATA_DIR to the one to copy.`,
    );
  }
  if (folder === source || folder.startsWith(`${source}/`)) {
    throw new BackupRefused(`${folder} lies inside the data directory; name a folder elsewhere.`);
  }
  if (!(await isUnused(folder))) {
    throw new BackupRefused(`${folder} is not empty; name a new folder.`);
  }
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(unfinished), { recursive: true });
  try {
    return await withRunningDatabase(source, async (url) => {
      let bytes = await copyFiles(source, unfinished, (path) => !ofTheProcess.has(path));
      bytes +=
        url === null
          ? await copyFiles(data, join(unfinished, 'postgres'))
          : await copyOnline(url, data, join(unfinished, 'postgres'));
      await rm(folder, { recursive: true, force: true });
      await rename(unfinished, folder);
      return { folder, bytes, online: url !== null };
    });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Makes a backup the data of `dataDirectory`, which must not hold a database: remove or rename the present one first.
 * The backup stays as it is.
 *
 * @throws {BackupRefused} with what to do.
 */
export async function restore(backup: string, dataDirectory: string): Promise<void> {
  const source = resolve(backup);
  const target = resolve(dataDirectory);
  if (!(await exists(join(source, 'postgres', 'PG_VERSION')))) {
    throw new BackupRefused(`${source} is not a backup of Ringback: it has no postgres/PG_VERSION.`);
  }
  if (!(await isUnused(target))) {
    throw new BackupRefused(
      `${target} is not empty. Stop Ringback and rename that directory, or set DATA_DIR to a new one.`,
    );
  }
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await copyFiles(source, unfinished);
  await rm(target, { recursive: true, force: true });
  await rename(unfinished, target);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether a folder is empty or does not exist. */
async function isUnused(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'ENOTDIR') throw new BackupRefused(`${folder} is not a folder; name another one.`);
    throw new BackupRefused(`${folder} cannot be read (${code}); name another one.`, { cause: error });
  }
}
