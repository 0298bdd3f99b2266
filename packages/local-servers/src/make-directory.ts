import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and the missing ones above it, with this mode. Throws a `NodeJS.ErrnoException`: ENOTDIR where a
 * file is in the way. Node's own `recursive` loops without end below /proc.
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found?.isDirectory()) return;
  if (found !== null) {
    throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR', path });
  }
  if (dirname(path) !== path) await makeDirectory(dirname(path), mode);
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
