import { randomBytes } from 'node:crypto';
import { chmod, lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, canReach, makeDirectory, serverAccount } from '@ringback/local-servers';
import type { Logger } from 'pino';
import { DataDirectoryRefused, DirectoryInUse } from '../errors.ts';
import { defaultDataDirectory } from '../process/configuration.ts';
import { lockDirectory } from './directory-lock.ts';

/** The data of the embedded mode, taken for this process. */
export interface DataDirectory {
  directory: string;
  /** Of PostgreSQL: not there before the first start. Somewhere else where its user cannot reach `directory`. */
  folder: string;
  isNew: boolean;
  /** The user that PostgreSQL runs as; null: ours. */
  account: Account | null;
  release(): Promise<void>;
}

const majorVersion = '18';
/** Where data go whose default place, below a closed home directory, PostgreSQL's user cannot reach. */
const reachableHome = '/var/lib/ringback';

/**
 * Takes `DATA_DIR`, made where it is missing. As root, PostgreSQL runs as another user, and nothing above `DATA_DIR` is
 * opened to that user: data of the default directory then go to /var/lib/ringback, and any other directory is refused.
 *
 * @throws {DataDirectoryRefused} or `DirectoryInUse`.
 */
export async function openDataDirectory(dataDirectory: string, logger: Logger): Promise<DataDirectory> {
  const directory = resolve(dataDirectory);
  try {
    await makeDirectory(directory);
  } catch (error) {
    throw refusal(directory, 'cannot be created', error);
  }
  const release = await lockDirectory(directory).catch((error: unknown) => {
    throw error instanceof DirectoryInUse ? error : refusal(directory, 'cannot be written to', error);
  });
  try {
    const usual = join(directory, 'postgres');
    const account = await serverAccount(usual);
    const isNew = await isUnused(usual);
    const folder = isNew ? usual : await realpath(usual);
    if (account === null || (await isReachable(account, dirname(folder)))) {
      return { directory, folder, isNew, account, release };
    }
    if (!isNew || directory !== resolve(defaultDataDirectory))
      throw unreachable(account, dirname(folder), isNew);
    return { directory, folder: await reachablePlace(account, directory, logger), isNew, account, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Whether a first start may use it. Throws when it holds what is not the data of our PostgreSQL. */
async function isUnused(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return true;
  if (found.isSymbolicLink() && (await stat(folder).catch(() => null)) === null) {
    throw new DataDirectoryRefused(
      `${folder} leads to ${await readlink(folder)}, where PostgreSQL's data were, and which is gone. ` +
        'Put it back, or remove that link to begin with an empty database.',
    );
  }
  const entries = await readdir(folder).catch((error: unknown) => {
    throw refusal(folder, 'cannot be read', error);
  });
  if (entries.length === 0) return true;
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) {
    throw new DataDirectoryRefused(
      `${folder} does not contain PostgreSQL's data. Set DATA_DIR to another directory.`,
    );
  }
  if (version.trim() === majorVersion) return false;
  throw new DataDirectoryRefused(
    `${folder} contains the data of PostgreSQL ${version.trim()}; this release runs PostgreSQL ${majorVersion}.`,
  );
}

/** Whether PostgreSQL's user can walk down to a directory. One that is ours alone is opened to it; no other ever is. */
async function isReachable(account: Account, directory: string): Promise<boolean> {
  if (await canReach(account, directory)) return true;
  if (!(await isOurs(directory)) || !(await canReach(account, dirname(directory)))) return false;
  const { mode } = await stat(directory);
  await chmod(directory, mode | 0o001);
  return await canReach(account, directory);
}

const ourFiles = [
  'ringback.lock',
  'ringback.pid',
  'development-key',
  'postgres-password',
  'postgres',
  'kafka',
];

async function isOurs(directory: string): Promise<boolean> {
  const { uid } = await stat(directory);
  return uid === process.getuid?.() && (await readdir(directory)).every((name) => ourFiles.includes(name));
}

async function reachablePlace(account: Account, directory: string, logger: Logger): Promise<string> {
  const name = `${basename(dirname(directory))}-${randomBytes(4).toString('hex')}`;
  const place = join(reachableHome, name);
  try {
    await makeDirectory(reachableHome, 0o755);
    await makeDirectory(place, 0o711);
  } catch (error) {
    throw refusal(place, 'cannot be created', error);
  }
  if (!(await canReach(account, place))) throw unreachable(account, place, true);
  logger.warn(
    { directory: place },
    `PostgreSQL does not run as root, and its own user cannot reach ${directory}: its data go to ${place}`,
  );
  return join(place, 'postgres');
}

function unreachable({ uid }: Account, directory: string, isNew: boolean): DataDirectoryRefused {
  const advice = isNew
    ? `Set DATA_DIR to a directory that others can reach, such as ${reachableHome}`
    : `Move it there (mv ${directory} ${reachableHome}) and set DATA_DIR=${reachableHome}`;
  return new DataDirectoryRefused(
    `PostgreSQL does not run as root, and the user that it runs as (${uid}) cannot reach ${directory}. ` +
      `${advice}, or start Ringback as the user that owns it.`,
  );
}

function refusal(path: string, fault: string, error: unknown): DataDirectoryRefused {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOfSystem = code !== undefined && !code.startsWith('ERR_');
  const reason = code === 'ENOTDIR' ? 'a file is in the way' : isOfSystem ? code : message;
  return new DataDirectoryRefused(
    `DATA_DIR: ${path} ${fault} (${reason}). Set DATA_DIR to a directory that this user can write to.`,
    { cause: error },
  );
}
