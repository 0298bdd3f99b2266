import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LocalServerError } from './errors.ts';

const run = promisify(execFile);

/** A user of this machine. */
export interface Account {
  uid: number;
  gid: number;
}

const name = 'postgres';
/** Of the util-linux and the BusyBox family: a system account that no one logs in with. */
const creations = [
  ['groupadd', '--system', name],
  ['useradd', '--system', '--gid', name, '--no-create-home', '--shell', '/usr/sbin/nologin', name],
  ['addgroup', '-S', name],
  ['adduser', '-S', '-D', '-H', '-G', name, '-s', '/sbin/nologin', name],
] as const;

/**
 * The user that PostgreSQL runs as, which refuses to run as root: null, this process's own, unless that is root. Then
 * the owner of the data, where there are some, else `postgres`, which is created where it is missing.
 */
export async function serverAccount(folder: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(folder).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = await findAccount();
  if (known !== null) return known;
  for (const [command, ...options] of creations) await run(command, options).catch(() => {});
  const created = await findAccount();
  if (created !== null) return created;
  throw new LocalServerError(
    `PostgreSQL does not run as root, and the user ${name} that it would run as could not be created. ` +
      `Create it (useradd --system ${name}), or start Ringback as another user.`,
  );
}

async function findAccount(): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (option) => Number((await run('id', [option, name])).stdout)),
    );
    return uid === undefined || gid === undefined || uid === 0 ? null : { uid, gid };
  } catch {
    return null;
  }
}

/** Whether a user can walk down to a folder, tried as that user. */
export async function canReach(account: Account, folder: string): Promise<boolean> {
  return await run('sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
