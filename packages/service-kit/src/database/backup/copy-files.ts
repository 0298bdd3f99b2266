import { chown, copyFile, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * Copies the files below a folder with their modes, and as root with their owners, into a folder that need not exist.
 * Files that vanish meanwhile are left out: PostgreSQL removes files while its data is copied. `isWanted` is asked with
 * each path from `from`, of files and folders. Returns the number of bytes copied.
 */
export async function copyFiles(
  from: string,
  to: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<number> {
  return await copyFolder(from, to, (path) => isWanted(relative(from, path)));
}

async function copyFolder(from: string, to: string, isWanted: (path: string) => boolean): Promise<number> {
  const facts = await stat(from);
  await mkdir(to, { recursive: true, mode: facts.mode });
  await keepOwner(to, facts);
  let bytes = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (!isWanted(source)) continue;
    if (entry.isDirectory()) bytes += await copyFolder(source, target, isWanted);
    else if (entry.isFile()) bytes += await copyOne(source, target);
  }
  return bytes;
}

async function copyOne(source: string, target: string): Promise<number> {
  try {
    const facts = await lstat(source);
    await copyFile(source, target);
    await keepOwner(target, facts);
    return facts.size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** As root: gives a path to the owner of another; PostgreSQL's data belong to a user of its own. */
export async function keepOwner(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
